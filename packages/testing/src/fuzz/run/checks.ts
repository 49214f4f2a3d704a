import {
  normalForm,
  parseFilter,
  planAggregate,
  planFind,
  type Filter,
  type Logic,
} from '@wherry/core/query'
import type { CollectionDefinition } from '@wherry/core/schema'
import { rewriteQuery } from '../generate/rewrite.ts'
import { equal } from '../lib/plain.ts'
import { Random } from '../lib/random.ts'
import type { CheckName } from '../operation.ts'
import { Violation, type Row } from '../outcome.ts'
import { compareValues, truthOf } from '../reference.ts'
import type { LooseHandle, Subject } from '../subject.ts'
import { checkGroups } from './check-groups.ts'

type CheckFunction = (subject: Subject, on: string, args: readonly unknown[]) => Promise<unknown>
type Query = Readonly<Record<string, unknown>>

/** Each returns something for the engines to agree on, or throws a Violation. */
export const checks: Readonly<Record<CheckName, CheckFunction>> = {
  complement: (subject, on, [where]) => complement(subject, on, where as Query),
  threeValued: (subject, on, [where]) => threeValued(subject, on, where as Query),
  sameMeaning: (subject, on, [query, seed]) =>
    sameMeaning(subject, on, query as Query, seed as number),
  pages: (subject, on, [query, size]) => pages(subject, on, query as Query, size as number),
  window: (subject, on, [query, offset, limit]) =>
    window(subject, on, query as Query, offset as number, limit as number),
  groups: (subject, on, [query]) => checkGroups(subject, on, query as Query),
}

function demand(holds: boolean, law: string): void {
  if (!holds) throw new Violation(law)
}

function read(subject: Subject, on: string, query?: Query): Promise<Row[]> {
  const handle: LooseHandle = subject.data.collection(on)
  return handle.find!(...(query === undefined ? [] : [query])) as Promise<Row[]>
}

function keyText(collection: CollectionDefinition, row: Row): string {
  return JSON.stringify(
    collection.key.map(({ name }) => {
      const value = row[name]
      return typeof value === 'bigint' ? String(value) : value
    }),
  )
}

/** A filter and its NOT part the rows; so does the reference; `count` counts what `find` finds. */
async function complement(subject: Subject, on: string, where: Query): Promise<unknown> {
  const admitted = await read(subject, on, { where })
  const refused = await read(subject, on, { where: { NOT: where } })
  const rows = await read(subject, on)
  const collection = subject.definition.collections.get(on)!
  const keyOf = (row: Row) => keyText(collection, row)
  const keys = new Set(admitted.map(keyOf))
  demand(
    refused.every((row) => !keys.has(keyOf(row))),
    'a row matches both p and NOT p',
  )
  demand(
    admitted.length + refused.length === rows.length,
    'a row matches neither p nor NOT p, or is there twice',
  )
  const counted = await subject.data.collection(on).count!({ where })
  demand(counted === admitted.length, 'count is not the number of rows that find finds')
  for (const row of rows) {
    const expected = truthOf(collection, where, row, 'two')
    demand(
      expected === keys.has(keyOf(row)),
      `the contract says otherwise of p — ${expected} for ${keyOf(row)}`,
    )
  }
  return { admitted, refused }
}

/** Of p, NOT p and neither, each row is in exactly one, and the reference says in which. */
async function threeValued(subject: Subject, on: string, where: Query): Promise<unknown> {
  const collection = subject.definition.collections.get(on)
  // The service says what is wrong with the collection or the filter.
  if (collection === undefined) return read(subject, on, { where })
  const plan = planFind(collection, {})
  const found = async (filter: Filter) => {
    const rows = await subject.adapter.find({ ...plan, filter })
    return new Set(rows.map((row) => keyText(collection, row)))
  }
  const logic: Logic = 'three'
  const admitted = await found(parseFilter(collection, where, logic))
  const refused = await found(parseFilter(collection, { NOT: where }, logic))
  for (const row of await read(subject, on)) {
    const key = keyText(collection, row)
    const truth = truthOf(collection, where, row, logic)
    const detail = `${truth} for ${key}`
    demand(
      admitted.has(key) === (truth === true),
      `in three values, the contract says otherwise of p — ${detail}`,
    )
    demand(
      refused.has(key) === (truth === false),
      `in three values, the contract says otherwise of NOT p — ${detail}`,
    )
  }
  return { admitted: Array.from(admitted), refused: Array.from(refused) }
}

/** Two writings of one question have one normal form and one answer. */
async function sameMeaning(
  subject: Subject,
  on: string,
  one: Query,
  seed: number,
): Promise<unknown> {
  const other = rewriteQuery(new Random(seed), one)
  const rows = await ask(subject, on, one)
  demand(equal(rows, await ask(subject, on, other)), 'two writings of a query differ in result')
  const collection = subject.definition.collections.get(on)!
  const form = (query: Query) =>
    normalForm(
      'measures' in query ? planAggregate(collection, query).plan : planFind(collection, query),
    )
  demand(form(one) === form(other), 'two writings of a query differ in normal form')
  return rows
}

function ask(subject: Subject, on: string, query: Query): Promise<unknown> {
  if (!('measures' in query)) return read(subject, on, query)
  return subject.data.collection(on).aggregate!(query) as Promise<unknown>
}

/** Pages, walked to their end, and the stream are `find` in pieces. */
async function pages(subject: Subject, on: string, query: Query, size: number): Promise<unknown> {
  const expected = await read(subject, on, query)
  const handle = subject.data.collection(on)
  const walked: Row[] = []
  const cursors: string[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page = (await handle.page!({
      ...query,
      limit: size,
      ...(after !== undefined && { after }),
    })) as { rows: Row[]; next: string | null }
    walked.push(...page.rows)
    demand(
      page.rows.length === size || page.next === null,
      'a page is short, and yet there is a next one',
    )
    demand(page.rows.length > 0 || expected.length === 0, 'a page is empty, and not the only one')
    demand(walked.length <= expected.length, 'the pages hold more rows than find finds')
    after = page.next
    if (after !== null) cursors.push(after)
  }
  demand(equal(walked, expected), 'the pages are not what find finds')
  const streamed: Row[] = []
  const stream = handle.stream!(query, { batchSize: size }) as AsyncIterable<Row>
  for await (const row of stream) {
    streamed.push(row)
    demand(streamed.length <= expected.length, 'the stream holds more rows than find finds')
  }
  demand(equal(streamed, expected), 'the stream is not what find finds')
  return { expected, cursors }
}

/** `offset` and `limit` cut what the whole query finds, which is in order. */
async function window(
  subject: Subject,
  on: string,
  query: Query,
  offset: number,
  limit: number,
): Promise<unknown> {
  const all = await read(subject, on, query)
  const cut = await read(subject, on, { ...query, offset, limit })
  demand(equal(cut, all.slice(offset, offset + limit)), 'offset and limit cut wrongly')
  const collection = subject.definition.collections.get(on)!
  const { orderBy = [] } = query as { orderBy?: Row | Row[] }
  const terms = (Array.isArray(orderBy) ? orderBy : [orderBy]).map((term) => {
    const [[name, direction] = ['', '']] = Object.entries(term)
    return { field: collection.fields.get(name)!, sign: direction === 'desc' ? -1 : 1 }
  })
  for (const field of collection.key) terms.push({ field, sign: 1 })
  all.slice(1).forEach((row, index) => {
    const differences = terms.map(
      ({ field, sign }) => compareValues(field, all[index]![field.name], row[field.name]) * sign,
    )
    const first = differences.find((difference) => difference !== 0)
    demand(first !== undefined && first < 0, 'the rows are not in the order that was asked for')
  })
  return cut
}
