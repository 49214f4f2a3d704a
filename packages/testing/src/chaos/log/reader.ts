import { isWherryError, systemRuntime, type Adapter } from '@wherry/core'
import { Bell, type Rounds } from './bell.ts'
import { createService, type Data } from './schema.ts'
import { Tracker, type Seen } from './tracker.ts'

type ChangeLog = Adapter['log']
type Change = Awaited<ReturnType<ChangeLog['read']>>['changes'][number]

/** What a reader waits for after an error. */
const pauseMs = 5
/** How often it reads at least: who waits for readers may keep all others from committing. */
const longestPauseMs = 20
/** After how many rounds a reader that restarts begins anew, with nothing but its position. */
const roundsPerStart = 40

/** Follows the log of a database by `log.read`, from position to position. */
export class Reader {
  readonly tracker: Tracker = new Tracker()
  readonly #createAdapter: () => Adapter
  readonly #restarts: boolean
  readonly #rounds: Rounds
  #position: string
  #isOver = false
  #running: Promise<void> | undefined
  readonly #bell = new Bell()

  constructor(
    createAdapter: () => Adapter,
    start: string,
    { restarts, rounds }: { readonly restarts: boolean; readonly rounds: Rounds },
  ) {
    this.#createAdapter = createAdapter
    this.#position = start
    this.#restarts = restarts
    this.#rounds = rounds
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Resolves once it has read all that there is, and has ended. */
  async finish(): Promise<void> {
    this.#isOver = true
    this.#bell.ring()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isOver) await this.#live()
    await this.#live()
  }

  /** One life of the reader, from its start to its end. */
  async #live(): Promise<void> {
    const adapter = this.#createAdapter()
    const data = createService(adapter)
    if (!(await connected(data))) return
    const unwatch = adapter.log.watch(() => this.#bell.ring())
    const mostRounds = this.#restarts ? roundsPerStart : Infinity
    for (let rounds = 0, isLast = false; !isLast && rounds < mostRounds;) {
      isLast = this.#isOver
      if (!isLast) await this.#woken()
      if (await this.#readOn(adapter.log)) rounds++
      else isLast = false
    }
    unwatch()
    await data.close()
  }

  async #woken(): Promise<void> {
    const timer = systemRuntime.setTimeout(() => this.#bell.ring(), longestPauseMs)
    await this.#bell.heard()
    systemRuntime.clearTimeout(timer)
  }

  /** Reads all that there is; whether that went well. */
  async #readOn(log: ChangeLog): Promise<boolean> {
    try {
      for (;;) {
        const { changes, position } = await log.read(this.#position)
        for (const change of changes) this.tracker.read(seenIn(change))
        if (position === this.#position) break
        this.#position = position
      }
      this.#rounds.done()
      return true
    } catch (error) {
      // Whoever says that entries are gone says that changes are lost.
      if (!isWherryError(error) || error.code === 'PositionLost') throw error
      await pause()
      this.#bell.ring()
      return false
    }
  }
}

async function connected(data: Data): Promise<boolean> {
  try {
    await data.connect({ ensure: 'off' })
    return true
  } catch (error) {
    if (!isWherryError(error)) throw error
    await pause()
    return false
  }
}

function seenIn({ collection, old, row }: Change): Seen {
  const { id, version, accountId } = (row ?? old)! as { id: string; version: number } & {
    accountId?: string
  }
  return {
    collection: collection.name,
    id,
    version: row === null ? version + 1 : version,
    ...(accountId !== undefined && { accountId }),
  }
}

export function pause(): Promise<void> {
  return new Promise((resolve) => void systemRuntime.setTimeout(resolve, pauseMs))
}
