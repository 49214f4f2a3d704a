import { createDataService, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'

const schema = defineSchema({
  tasks: collection({
    id: t.id(),
    userId: t.text({ maxLength: 40 }),
    rank: t.int(),
    n: t.int(),
  }).index('userId'),
})

/** Rows of the table, whatever the number of queries: a row for each user, in the order of ranks. */
const users = 10_000
const step = 10

/** What a live query asks for, of user number `user`. */
export const kinds = {
  keyed: (user: number) => ({ userId: `user ${user}` }),
  ranged: (user: number) => ({ rank: { gte: user * step, lt: (user + 1) * step } }),
}

export type Kind = keyof typeof kinds

export interface Scene {
  /** Writes `count` rows, each of a user whose query shows it; resolves when all have been shown. */
  write(first: number, count: number): Promise<void>
  close(): Promise<void>
}

/** A service with so many distinct live queries on one table. */
export async function openScene(kind: Kind, queries: number): Promise<Scene> {
  const data = createDataService({ schema, databases: [memory()] })
  await data.connect()
  await data.tasks.insertMany(
    Array.from({ length: users }, (_, user) => ({
      id: `task ${user}`,
      userId: `user ${user}`,
      rank: user * step,
      n: 0,
    })),
  )
  let shown = 0
  let wanted = 0
  let done = () => undefined as void
  const show = () => {
    if (++shown === wanted) done()
  }
  const told = (events: number) =>
    new Promise<void>((resolve) => {
      wanted = shown + events
      done = resolve
    })
  const all = told(queries)
  const where = kinds[kind]
  for (let user = 0; user < queries; user++) data.tasks.live({ where: where(user) }).subscribe(show)
  await all
  return {
    async write(first, count) {
      for (let at = first; at < first + count; at++) {
        const one = told(1)
        const user = at % queries
        await data.tasks.update(`task ${user}`, {
          rank: user * step + (at % step),
          n: { increment: 1 },
        })
        await one
      }
    },
    close: () => data.close(),
  }
}

/** How many queries reach the database while so many subscribe to the same one at once. */
export async function countQueries(subscribers: number): Promise<number> {
  const adapter = memory()
  const { counted, count } = counting(adapter)
  const data = createDataService({ schema, databases: [counted] })
  await data.connect()
  await data.tasks.insertMany(
    Array.from({ length: 100 }, (_, rank) => ({ userId: 'one', rank, n: rank })),
  )
  const before = count()
  const query = { where: { userId: 'one' }, orderBy: { rank: 'desc' }, limit: 20 } as const
  await Promise.all(
    Array.from(
      { length: subscribers },
      () => new Promise<void>((resolve) => data.tasks.live(query).subscribe(() => resolve())),
    ),
  )
  const queries = count() - before
  await data.close()
  return queries
}

/** The same adapter, which counts what reads rows of it. */
function counting(adapter: Adapter): { readonly counted: Adapter; count(): number } {
  let queries = 0
  const counts = <T extends object>(target: T, names: ReadonlySet<string | symbol>): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (names.has(name)) queries++
          return value.apply(target, args) as unknown
        }
      },
    })
  const log = counts(adapter.log, new Set(['snapshot']))
  const counted = counts(adapter, new Set(['find', 'aggregate']))
  return {
    counted: new Proxy(counted, {
      get: (target, name): unknown => (name === 'log' ? log : Reflect.get(target, name)),
    }),
    count: () => queries,
  }
}
