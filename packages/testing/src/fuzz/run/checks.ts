import { isWherryError } from '@wherry/core'
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
import { smaller } from '../lib/smaller.ts'
import type { CheckName } from '../operation.ts'
import type { Row } from '../outcome.ts'
import { compareValues, truthOf } from '../reference.ts'
import type { LooseHandle, Subject } from '../subject.ts'
import { checkGroups } from './check-groups.ts'
import { checkIncludes } from './check-includes.ts'
import { checkPages } from './check-pages.ts'
import { demand } from './demand.ts'

type CheckFunction = (subject: Subject, on: string, args: readonly unknown[]) => Promise<unknown>
type Query = Readonly<Record<string, unknown>>

/** Each returns something for the engines to agree on, or throws a Violation. */
export const checks: Readonly<Record<CheckName, CheckFunction>> = {
  complement: (subject, on, [where]) => complement(subject, on, where as Query),
  threeValued: (subject, on, [where]) => threeValued(subject, on, where as Query),
  sameMeaning: (subject, on, [query, seed]) =>
    sameMeaning(subject, on, query as Query, seed as number),
  pages: (subject, on, [query, size, cut]) =>
    checkPages(subject, on, query as Query, size as number, cut as Query),
  window: (subject, on, [query, offset, limit]) =>
    window(subject, on, query as Query, offset as number, limit as number),
  includes: (subject, on, [query]) => checkIncludes(subject, on, query as Query),
  groups: (subject, on, [query, cut]) => checkGroups(subject, on, query as Query, cut as Query),
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

/** How many queries that differ a little are held against a query's normal form. */
const alterations = 8

/** Two writings of one question have one normal form and one answer; other questions have others. */
async function sameMeaning(
  subject: Subject,
  on: string,
  one: Query,
  seed: number,
): Promise<unknown> {
  const random = new Random(seed)
  const other = rewriteQuery(random, one)
  const rows = await ask(subject, on, one)
  demand(equal(rows, await ask(subject, on, other)), 'two writings of a query differ in result')
  const collection = subject.definition.collections.get(on)!
  const form = (query: Query) =>
    normalForm(
      'measures' in query ? planAggregate(collection, query).plan : planFind(collection, query),
    )
  demand(form(one) === form(other), 'two writings of a query differ in normal form')
  for (const less of random.sample(Array.from(smaller(one)), alterations)) {
    if (formOrNone(form, less as Query) !== form(one)) continue
    const same = equal(rows, await ask(subject, on, less as Query))
    demand(same, 'two queries of one normal form differ in result')
  }
  return rows
}

/** Of a query that was altered blindly, and may be none any more. */
function formOrNone(form: (query: Query) => string, query: Query): string | undefined {
  try {
    return form(query)
  } catch (error) {
    if (isWherryError(error)) return undefined
    throw error
  }
}

function ask(subject: Subject, on: string, query: Query): Promise<unknown> {
  if (!('measures' in query)) return read(subject, on, query)
  return subject.data.collection(on).aggregate!(query) as Promise<unknown>
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
