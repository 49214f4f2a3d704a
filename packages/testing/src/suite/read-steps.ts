import { collect, type Handle } from './calls.ts'
import { expectValue, Mismatch } from './expect.ts'
import type { MatchingStep, PagesStep, RowStep, ValuesStep } from './scenario.ts'

interface IdRow {
  readonly id: string
}
type Query = Readonly<Record<string, unknown>>

const select = ['id']
const idsOf = (rows: readonly IdRow[]) => rows.map(({ id }) => id)

export async function expectRow(handle: Handle, { row, has }: RowStep): Promise<void> {
  expectValue('get', await handle.get!(row, { select: Object.keys(has) }), has)
}

export async function expectValues(handle: Handle, { values, are }: ValuesStep): Promise<void> {
  const rows = (await handle.find!({ select: [values] })) as Readonly<Record<string, unknown>>[]
  expectValue(
    values,
    rows.map((row) => row[values]),
    are,
  )
}

/** A filter, its count, and its negation, which must match exactly the rest. */
export async function expectMatching(handle: Handle, step: MatchingStep): Promise<void> {
  const find = async (query: Query) => idsOf((await handle.find!(query)) as IdRow[])
  const { matching: where, are } = step
  expectValue('find', await find({ where, select }), are)
  expectValue('count', await handle.count!({ where }), are.length)
  const others = (await find({ select })).filter((id) => !are.includes(id))
  expectValue('find of the negation', await find({ where: { NOT: where }, select }), others)
}

/** A query read at once, in pages and in batches: always the same rows. */
export async function expectPages(handle: Handle, step: PagesStep): Promise<void> {
  const query = { select, ...step.query }
  const rows = (await handle.find!(query)) as IdRow[]
  expectValue('find', idsOf(rows), step.are)
  for (const size of step.sizes) {
    expectValue(`pages of ${size}`, await readPages(handle, query, size, rows.length), rows)
    const stream = handle.stream!(query, { batchSize: size }) as AsyncIterable<IdRow>
    expectValue(`batches of ${size}`, await collect(stream), rows)
  }
}

async function readPages(handle: Handle, query: Query, limit: number, total: number) {
  const read: IdRow[] = []
  let after: string | null | undefined
  for (let page = 1; after !== null; page++) {
    if (page > total + 1) throw new Mismatch(`pages of ${limit} do not end`)
    const asked = after === undefined ? { ...query, limit } : { ...query, limit, after }
    const { rows, next } = (await handle.page!(asked)) as { rows: IdRow[]; next: string | null }
    read.push(...rows)
    if (next !== null && rows.length < limit) {
      throw new Mismatch(`page ${page} has ${rows.length} rows of ${limit}, and is not the last`)
    }
    after = next
  }
  return read
}
