import { Gate } from '@wherry/core/gate'
import type { RowsByCollection } from '../outcome.ts'
import { perform, readAll } from '../run/perform.ts'
import { buildSchema } from '../schema-spec.ts'
import { openSubject, type Engine, type Subject } from '../subject.ts'
import { Follower } from './follower.ts'
import { judge, type LiveFault } from './judge.ts'
import type { LiveCase, LiveStep } from './live-case.ts'

/**
 * Opens a database, follows all queries of a case while steps are taken, and judges what they told.
 * `next` is given the rows that there are. Throws InvalidSchema.
 */
export async function followAll(
  engine: Engine,
  { schema, seed, queries }: Omit<LiveCase, 'steps'>,
  variant: number,
  next: (rows: RowsByCollection) => LiveStep | undefined,
): Promise<{ readonly fault: LiveFault | undefined; readonly events: number }> {
  const subject = await openSubject(engine, buildSchema(schema), seed, variant)
  try {
    const { adapter, definition, data } = subject
    const names = Array.from(definition.collections.keys())
    const gate = new Gate(data)
    const start = await adapter.log.head()
    const followers = queries.map((wish) => new Follower(data, wish))
    for (let step = next({}); step !== undefined;) {
      await take(subject, step)
      if (step.settles) await gate.delivered()
      step = next(await readAll(subject, names))
    }
    await gate.delivered()
    for (const { stop } of followers) stop()
    const head = await adapter.log.head()
    const fault = await judge(followers, definition, adapter.log, { start, head })
    return { fault, events: followers.reduce((sum, { told }) => sum + told.length, 0) }
  } finally {
    await subject.close()
  }
}

/** All writes of a step at once. What comes of each is for others to judge. */
async function take(subject: Subject, { atMs, writes }: LiveStep): Promise<void> {
  const beside = { ...subject, data: await subject.beside() }
  await Promise.all(
    writes.map((each) => perform(each.beside ? beside : subject, { atMs, ...each.write })),
  )
}
