import { createDataService, isWherryError, systemRuntime, type Adapter } from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'
import type { OwnServer } from '../servers/server.ts'
import { Milestone } from './milestone.ts'

const schema = defineSchema({
  entries: collection({ id: t.id(), mutation: t.text({ maxLength: 64 }) }).index('mutation'),
})

export interface OutageOptions {
  /** Is killed and started again; what it holds is left as it is. */
  readonly server: OwnServer
  readonly createAdapter: (options: { readonly url: string }) => Adapter
  readonly kills: number
  /** Default 16. */
  readonly writers?: number
  /** How much is acknowledged between two kills. Default 300 mutations. */
  readonly writesPerKill?: number
  readonly onProgress?: (killed: number) => void
}

export interface OutageReport {
  readonly kills: number
  /** Mutations that the service said had happened, and of these, how many had not, or twice. */
  readonly acknowledged: number
  readonly lost: number
  readonly repeated: number
  /** Mutations that the service said had not happened, and of these, how many had. */
  readonly refused: number
  readonly untrue: number
  /** Mutations of which it said that it did not know, and of these, how many never came out. */
  readonly unknown: number
  readonly unresolved: number
  /** Until the first write after the server answered again, at worst. */
  readonly backMs: number
  /** The call that took longest, whatever became of it. */
  readonly slowestMs: number
}

/** How long a transaction may take; one call makes at most four of them. */
const timeoutMs = 2_000
/** What a writer waits for after an error, so that it does not only fail. */
const pauseMs = 5
const maxAsked = 20

/**
 * Lets writers write, each mutation under an id of its own, while the server is killed and started
 * again, and compares what they were told with what the database then holds.
 */
export async function runOutage(options: OutageOptions): Promise<OutageReport> {
  const { server, createAdapter, kills, writers = 16, writesPerKill = 300 } = options
  const database = await server.createDatabase()
  const data = createDataService({ schema, databases: [createAdapter({ url: database.url })] })
  await data.connect()
  const outage = new Outage((mutationId) =>
    data.transaction((tx) => tx.entries.insert({ mutation: mutationId }), {
      mutationId,
      timeoutMs,
    }),
  )
  let backMs = 0
  const running = Array.from({ length: writers }, (_, writer) => outage.write(writer))
  for (let killed = 0; killed < kills; killed++) {
    await outage.acknowledged.grownBy(writesPerKill)
    await server.kill()
    await server.restart()
    const answersMs = systemRuntime.monotonic()
    await outage.acknowledged.grownBy(1)
    backMs = Math.max(backMs, systemRuntime.monotonic() - answersMs)
    options.onProgress?.(killed + 1)
  }
  outage.stop()
  await Promise.all(running)
  const unresolved = await outage.resolveUnknown()
  const counts = new Map<string, number>()
  for await (const { mutation } of data.entries.stream()) {
    counts.set(mutation, (counts.get(mutation) ?? 0) + 1)
  }
  await data.close()
  await database.drop()
  return {
    kills,
    ...outage.compare(counts),
    unresolved,
    ...rounded({ backMs, slowestMs: outage.slowestMs }),
  }
}

/** What was sent, and what became of it as far as the service said. */
class Outage {
  readonly #send: (mutationId: string) => Promise<unknown>
  readonly acknowledged = new Milestone<string>()
  readonly #refused: string[] = []
  readonly #unknown: string[] = []
  #isOver = false
  slowestMs = 0

  constructor(send: (mutationId: string) => Promise<unknown>) {
    this.#send = send
  }

  stop(): void {
    this.#isOver = true
  }

  async write(writer: number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const ending = await this.#attempt(`${writer}-${n}`)
      if (ending !== 'acknowledged') await pause()
    }
  }

  /** Asks for each mutation whose outcome is unknown again, by its id; tells how many stay so. */
  async resolveUnknown(): Promise<number> {
    let unresolved = 0
    for (const mutationId of this.#unknown) {
      let asked = 0
      while (asked < maxAsked && (await this.#ask(mutationId)) !== 'acknowledged') {
        asked++
        await pause()
      }
      if (asked === maxAsked) unresolved++
    }
    return unresolved
  }

  compare(counts: ReadonlyMap<string, number>) {
    const isThere = (mutationId: string) => counts.has(mutationId)
    const acknowledged = this.acknowledged.all
    return {
      acknowledged: acknowledged.length,
      lost: acknowledged.filter((mutationId) => !isThere(mutationId)).length,
      repeated: Array.from(counts.values()).filter((count) => count > 1).length,
      refused: this.#refused.length,
      untrue: this.#refused.filter(isThere).length,
      unknown: this.#unknown.length,
    }
  }

  async #attempt(mutationId: string): Promise<Ending> {
    const startMs = systemRuntime.monotonic()
    const ending = await this.#ask(mutationId)
    this.slowestMs = Math.max(this.slowestMs, systemRuntime.monotonic() - startMs)
    if (ending === 'acknowledged') this.acknowledged.add(mutationId)
    else if (ending === 'refused') this.#refused.push(mutationId)
    else this.#unknown.push(mutationId)
    return ending
  }

  async #ask(mutationId: string): Promise<Ending> {
    try {
      await this.#send(mutationId)
      return 'acknowledged'
    } catch (error) {
      if (!isWherryError(error)) throw error
      return error.details.outcome === 'not-applied' ? 'refused' : 'unknown'
    }
  }
}

type Ending = 'acknowledged' | 'refused' | 'unknown'

function pause(): Promise<void> {
  return new Promise((resolve) => void systemRuntime.setTimeout(resolve, pauseMs))
}

function rounded<T extends Record<string, number>>(figures: T): T {
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [name, Math.round(figure)]),
  ) as T
}
