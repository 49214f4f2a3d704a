import { expect, it } from 'vitest'
import { Random } from '../../src/fuzz/lib/random.ts'
import {
  describePostgres,
  newDatabase,
  open,
  stranger,
  until,
  type Data,
} from './support/postgres.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)

type Query = NonNullable<Parameters<Data['notes']['live']>[0]>
type Note = Awaited<ReturnType<Data['notes']['find']>>[number]

const queries: readonly Query[] = [
  {},
  { where: { n: { gt: 5 } }, orderBy: { n: 'desc' }, limit: 3 },
  { where: { text: 'a' }, orderBy: [{ n: 'asc' }] },
  { orderBy: { n: 'asc' }, limit: 5 },
  { where: { NOT: { text: 'b' } }, limit: 2 },
]

/** Follows live queries by their steps alone, which have to lead to the rows that they tell. */
function follow(data: Data) {
  return queries.map((query) => {
    const seen = { query, rows: [] as Note[], events: 0 }
    data.notes.live(query).subscribe(({ rows, changes }) => {
      if (seen.events++ === 0) seen.rows = [...rows]
      for (const change of changes) {
        if (change.type === 'insert') seen.rows.splice(change.index, 0, change.row)
        else if (change.type === 'remove') seen.rows.splice(change.index, 1)
        else {
          seen.rows.splice(change.from, 1)
          seen.rows.splice(change.to, 0, change.row)
        }
      }
      expect(seen.rows).toEqual(rows)
    })
    return seen
  })
}

/** Random writes of all kinds, which may be in each other's way. */
async function scribble(data: Data, random: Random, ids: string[]): Promise<void> {
  const note = () => ({ n: random.below(12), text: random.pick(['a', 'b', '']) })
  const what = ids.length < 3 ? 0 : random.below(10)
  if (what < 4) ids.push((await data.notes.insert(note())).id)
  else if (what < 6) {
    await data.notes.updateMany({ where: { id: random.pick(ids) }, set: note() })
  } else if (what < 7) {
    await data.notes.deleteMany({ where: { id: random.pick(ids) } })
  } else if (what < 8) {
    const set = { n: { increment: 1 } }
    await data.notes.updateMany({ where: { n: random.below(12) }, set })
  } else if (what < 9) {
    await data.notes.insertMany([note(), note(), note()])
  } else {
    await data.transaction(
      async (tx) => {
        await tx.notes.updateMany({ where: { id: random.pick(ids) }, set: note() })
        await tx.notes.deleteMany({ where: { n: random.below(12), text: 'b' } })
      },
      { maxRetries: 20 },
    )
  }
}

describePostgres('live queries on PostgreSQL', (server) => {
  it(`show what find finds, whoever writes (seed ${seed})`, async () => {
    const url = await newDatabase(server)
    const [{ data }, { data: other }] = [await open(url), await open(url)]
    const client = await stranger(url)
    const followed = [...follow(data), ...follow(other)]
    for (const seen of followed) await until(() => data.ping().then(() => seen.events > 0))
    const ids: string[] = []
    const write = async (service: Data, writer: number) => {
      const random = new Random(seed, writer)
      for (let n = 0; n < 60; n++) await scribble(service, random, ids)
    }
    const strangeWrites = async () => {
      for (let n = 0; n < 60; n++) {
        await client.query(
          `insert into notes (id, text, n, version) values ('s${n}', 'a', ${n % 9}, 1)`,
        )
        await client.query(`delete from notes where id = 's${n - 20}'`)
      }
    }
    await Promise.all([write(data, 1), write(data, 2), write(other, 3), strangeWrites()])
    for (const seen of followed) {
      const rows = JSON.stringify(await data.notes.find(seen.query))
      await until(async () => {
        await data.ping()
        return JSON.stringify(seen.rows) === rows
      })
    }
    // Those who ask for everything have been told of it by steps alone, after nothing at first.
    for (const { query, events } of followed)
      if (query === queries[0]) expect(events).toBeGreaterThan(1)
  })
})
