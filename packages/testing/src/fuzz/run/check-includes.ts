import type { CollectionDefinition, FieldDefinition, RelationDefinition } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import type { Row } from '../outcome.ts'
import { compareValues, truthOf } from '../reference.ts'
import type { Subject } from '../subject.ts'
import { demand } from './demand.ts'

type Query = Readonly<Record<string, unknown>>
type Rows = (collection: CollectionDefinition) => readonly Row[]

/** What is included is what the relations lead to among all rows, followed one by one. */
export async function checkIncludes(subject: Subject, on: string, query: Query): Promise<unknown> {
  const { collections } = subject.definition
  const read = (name: string, asked: Query) =>
    subject.data.collection(name).find!(asked) as Promise<Row[]>
  const found = await read(on, query)
  const { include: _, select: __, ...plain } = query
  const whole = await read(on, plain)
  const all = new Map<string, readonly Row[]>()
  for (const name of collections.keys()) all.set(name, await read(name, {}))
  const rowsOf: Rows = ({ name }) => all.get(name)!
  const collection = collections.get(on)!
  const expected = whole.map((row) => shaped(rowsOf, collection, row, query))
  demand(equal(found, expected), 'what is included is not what the relations lead to')
  return found
}

/** A row as a query has it. */
function shaped(rowsOf: Rows, collection: CollectionDefinition, row: Row, query: Query): Row {
  const names = (query.select as string[] | undefined) ?? Array.from(collection.fields.keys())
  const result = Object.fromEntries(names.map((name) => [name, row[name]]))
  for (const [name, include] of Object.entries((query.include as object | undefined) ?? {})) {
    const relation = collection.relations.get(name)!
    const own = (include === true ? {} : include) as Query
    const related = cut(relation.to, own, relatedTo(rowsOf, collection, relation, row)).map(
      (each) => shaped(rowsOf, relation.to, each, own),
    )
    result[name] = relation.kind === 'belongsTo' ? (related[0] ?? null) : related
  }
  return result
}

function relatedTo(
  rowsOf: Rows,
  collection: CollectionDefinition,
  { kind, to, field, through }: RelationDefinition,
  row: Row,
): Row[] {
  const key = collection.key[0]!
  const targetKey = to.key[0]!
  const others = rowsOf(to)
  if (kind === 'belongsTo') {
    return others.filter((other) => same(targetKey, other[targetKey.name], row[field.name]))
  }
  if (through === undefined) {
    return others.filter((other) => same(key, other[field.name], row[key.name]))
  }
  const joins = rowsOf(through.collection).filter((join) =>
    same(key, join[field.name], row[key.name]),
  )
  return others.filter((other) =>
    joins.some((join) => same(targetKey, join[through.toField.name], other[targetKey.name])),
  )
}

function same(field: FieldDefinition, a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compareValues(field, a, b) === 0
}

function cut(collection: CollectionDefinition, query: Query, rows: readonly Row[]): Row[] {
  const { where = {}, orderBy = [], limit = Infinity } = query
  const terms = ([orderBy].flat() as Readonly<Record<string, string>>[]).map((term) => {
    const [[name, direction] = ['', '']] = Object.entries(term)
    return { field: collection.fields.get(name)!, sign: direction === 'desc' ? -1 : 1 }
  })
  for (const field of collection.key) terms.push({ field, sign: 1 })
  return rows
    .filter((row) => truthOf(collection, where as Query, row, 'two') === true)
    .toSorted((a, b) => {
      const differences = terms.map(
        ({ field, sign }) => compareValues(field, a[field.name], b[field.name]) * sign,
      )
      return differences.find((difference) => difference !== 0) ?? 0
    })
    .slice(0, limit as number)
}
