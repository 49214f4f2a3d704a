import type { Runtime } from '@wherry/core'
import type { Session } from './session.ts'

/** So many clients may come back at once without being a storm. */
const atOnce = 10
const pauseMs = 20
/** How much of the grace period is for letting go; the rest is for what is still under way then. */
const share = 0.8

/**
 * Lets sessions go, each once its calls have been answered: a few at a time and in an order of
 * chance, so that their clients come back one after another. Until its turn a session is served.
 */
export async function drain(
  sessions: Iterable<Session>,
  graceMs: number,
  runtime: Runtime,
): Promise<void> {
  let waiting = shuffled(Array.from(sessions), runtime)
  const pauses = Math.floor((graceMs * share) / pauseMs)
  const batch = Math.max(atOnce, Math.ceil(waiting.length / (pauses + 1)))
  const leaving: Promise<void>[] = []
  while (waiting.length > 0) {
    for (const session of waiting.splice(0, batch)) leaving.push(letGo(session))
    if (waiting.length > 0) await new Promise<void>((go) => runtime.setTimeout(go, pauseMs))
    waiting = waiting.filter(({ isClosed }) => !isClosed)
  }
  await Promise.all(leaving)
}

async function letGo(session: Session): Promise<void> {
  await session.finish()
  session.close('GoingAway')
}

/** R. Durstenfeld, "Algorithm 235: Random permutation", 1964. */
function shuffled<T>(items: T[], runtime: Runtime): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(runtime.random() * (last + 1))
    ;[items[last], items[other]] = [items[other]!, items[last]!]
  }
  return items
}
