import { systemRuntime, type Timer } from '@wherry/core'
import type { Race } from '../operation.ts'
import { readChanges } from '../run/change-log.ts'
import { readAll } from '../run/perform.ts'
import type { Subject } from '../subject.ts'
import { brokenRaceLaw, reasonOf, type Raced } from './laws.ts'
import { runClient, type Run } from './run-client.ts'
import { hasSerialOrder } from './serial-order.ts'
import { takeTurns, type Turn } from './take-turns.ts'

/** Longer than anything takes that does not hang: whoever waits gives up long before. */
const deadlineMs = 30_000

export interface RaceResult {
  /** What broke; undefined when nothing did. */
  readonly law: string | undefined
  /** What it was judged by; undefined when it does not end. */
  readonly raced: Raced | undefined
}

/** Has the clients of a race do all that they do at once, and judges what comes of it. */
export async function runRace(subject: Subject, { race, order, atMs }: Race): Promise<RaceResult> {
  const { adapter, definition, data, runtime } = subject
  runtime.nowMs = atMs
  const names = Array.from(definition.collections.keys())
  const before = await readAll(subject, names)
  const start = await adapter.log.head()
  const beside = await subject.beside()
  const runs: Run[] = []
  const clients = race.map((client, at) => async (turn: Turn) => {
    const scope = client.beside ? beside : data
    runs.push(await runClient(scope, definition, client, `client ${at}`, turn))
  })
  const isOver = await endsInTime(takeTurns(order, clients))
  if (!isOver) return { law: 'a client never ends', raced: undefined }
  const { changes } = await readChanges(adapter.log, start)
  const raced = { runs, before, changes, after: await readAll(subject, names) }
  return { law: brokenRaceLaw(definition, raced) ?? (await brokenOrder(subject, raced)), raced }
}

async function endsInTime(work: Promise<unknown>): Promise<boolean> {
  let timer: Timer
  const tooLate = new Promise<false>((resolve) => {
    timer = systemRuntime.setTimeout(() => resolve(false), deadlineMs)
  })
  try {
    return await Promise.race([work.then(() => true), tooLate])
  } finally {
    systemRuntime.clearTimeout(timer)
  }
}

async function brokenOrder(subject: Subject, raced: Raced): Promise<string | undefined> {
  const isSerializable = raced.runs.every(({ client }) => client.isolationLevel === 'serializable')
  if (!isSerializable || (await hasSerialOrder(subject, raced))) return undefined
  return 'no order of the transactions explains what they were answered'
}

/** How a client ended, for statistics. */
export function endingOf({ ending }: Run): string {
  if (typeof ending === 'string') return ending
  return 'failure' in ending ? reasonOf(ending.failure) : '!'
}
