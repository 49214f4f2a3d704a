import { WherryError } from '@wherry/core'
import type { Entered } from '@wherry/core/gate'
import type { Mutate } from '@wherry/core/protocol'
import type { Json } from '@wherry/core/schema'
import type { Settings } from '../options.ts'

/**
 * Where the client of one session is present: as long as it is connected. These mutations are not
 * recorded, since what they did ends with the connection that would send them again.
 */
export class Presences {
  readonly #settings: Settings
  readonly #entries = new Map<string, Entered>()
  /** The same by their channels, in each of which it is once. */
  readonly #byChannel = new Map<string, Entered>()
  #isOver = false

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async mutate({ method, args }: Mutate): Promise<Json> {
    if (method === 'insert') return this.#enter(args[0])
    const [id, patch] = args
    const entry = this.#entries.get(id as string)
    if (entry === undefined) {
      throw new WherryError('NotFound', 'This connection is present nowhere by this id')
    }
    if (method === 'update') return entry.update((patch as { meta?: Json } | null)?.meta ?? null)
    if (method !== 'delete') {
      throw new WherryError('Unsupported', `'$presence' has no '${method}' for clients`)
    }
    this.#entries.delete(entry.id)
    this.#byChannel.delete(entry.channel)
    await entry.leave()
    return null
  }

  /** Its client is gone. */
  end(): void {
    this.#isOver = true
    for (const entry of this.#entries.values()) entry.leave().catch(this.#settings.onError)
    this.#entries.clear()
    this.#byChannel.clear()
  }

  async #enter(row: Json | undefined): Promise<Json> {
    const entry = await this.#settings.gate.enter(row, this.#byChannel)
    this.#entries.set(entry.id, entry)
    this.#byChannel.set(entry.channel, entry)
    if (this.#isOver) this.end()
    return entry.row
  }
}
