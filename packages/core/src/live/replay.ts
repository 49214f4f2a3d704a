import type { ChangeLog, Position } from '../contract/change-log.ts'
import { isWherryError, WherryError } from '../errors/wherry-error.ts'
import { backoffMs, sleep, type Runtime } from '../lib/runtime.ts'
import type { FeedEvent, FeedListener, ToldChange } from './feed-event.ts'
import type { FeedPlan } from './feed-plan.ts'
import { compileFeed, toldChange } from './feeds.ts'
import type { Tail } from './tail.ts'

/** Who has missed more changes than this is told that it has, and not what they were. */
const mostMissed = 10_000
const retryBaseMs = 100
const retryCapMs = 5_000

/** The changes of rows that match between two positions. Throws PositionLost where it cannot say. */
export async function changesBetween(
  log: ChangeLog,
  plan: FeedPlan,
  after: Position,
  upTo: Position,
): Promise<ToldChange[]> {
  const matches = compileFeed(plan)
  const changes: ToldChange[] = []
  for (let position = after, isWhole = position === upTo; !isWhole;) {
    const batch = await log.read(position, upTo)
    for (const entry of batch.changes) {
      if (entry.collection !== plan.collection) continue
      const change = toldChange(entry)
      if (matches(change)) changes.push(change)
    }
    if (changes.length > mostMissed) throw tooMany()
    position = batch.position
    isWhole = batch.isWhole
  }
  return changes
}

/** Listens to the changes behind a position: first to those that the log still has, then to others. */
export function followSince(
  tail: Tail,
  { log, runtime }: { readonly log: ChangeLog; readonly runtime: Runtime },
  plan: FeedPlan,
  since: Position,
  listener: FeedListener,
): () => void {
  /** What is told while the log is read; undefined once that is done. */
  let waiting: FeedEvent[] | undefined
  let isOver = false
  const read = async (upTo: Position): Promise<FeedEvent> => {
    for (let failures = 0; ; failures++) {
      try {
        const changes = await changesBetween(log, plan, since, upTo)
        return { status: 'live', changes, prev: since, position: upTo }
      } catch (error) {
        if (isWherryError(error) && error.code === 'PositionLost') {
          return { status: 'gap', position: upTo }
        }
        if (failures === 0 && !isOver) listener({ status: 'error', error })
        await sleep(runtime, backoffMs(runtime, failures, retryBaseMs, retryCapMs))
        if (isOver) throw error
      }
    }
  }
  const replay = async (upTo: Position) => {
    const first = await read(upTo)
    const events = [first, ...waiting!]
    waiting = undefined
    for (const event of events) if (!isOver) listener(event)
  }
  let hasBegun = false
  const stop = tail.follow(plan, (event) => {
    if (waiting !== undefined) waiting.push(event)
    else if (hasBegun || event.status !== 'live') {
      hasBegun ||= event.status === 'gap'
      listener(event)
    } else {
      hasBegun = true
      waiting = []
      // It throws only once nobody listens.
      replay(event.position).catch(() => {})
    }
  })
  return () => {
    isOver = true
    stop()
  }
}

function tooMany(): WherryError {
  return new WherryError(
    'PositionLost',
    `More than ${mostMissed} changes were missed; read the rows instead`,
  )
}
