import type { CollectionDefinition, FieldDefinition, Kind } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import { Violation, type Row } from '../outcome.ts'
import { compareValues, truthOf, worth, type Shape } from '../reference.ts'
import type { Subject } from '../subject.ts'
import { demand } from './demand.ts'

type Query = Readonly<Record<string, unknown>>

type Measures = Readonly<Record<string, 'count' | Readonly<Record<string, string>>>>

/**
 * Groups part the rows that match, and each measure is what it says of its group's rows. `query`
 * has no having, orderBy, limit and offset: those are in `cut`, and leave the groups they should.
 */
export async function checkGroups(
  subject: Subject,
  on: string,
  query: Query,
  cut: Query,
): Promise<unknown> {
  const collection = subject.definition.collections.get(on)
  const handle = subject.data.collection(on)
  const groups = (await handle.aggregate!(query)) as Row[]
  const {
    where,
    groupBy = [],
    measures,
  } = query as {
    where?: Query
    groupBy?: readonly string[]
    measures: Measures
  }
  const rows = (await handle.find!(where === undefined ? {} : { where })) as Row[]
  let met = 0
  for (const group of groups) {
    const members = rows.filter((row) => groupBy.every((name) => equal(row[name], group[name])))
    met += members.length
    for (const [name, measure] of Object.entries(measures)) {
      checkMeasure(collection!, measure, members, group[name])
    }
  }
  if (met !== rows.length) throw new Violation('the groups are not a partition of the rows')
  if (groupBy.length === 0 && groups.length !== 1) {
    throw new Violation('an aggregate without groupBy is one row')
  }
  const left = (await handle.aggregate!({ ...query, ...cut })) as Row[]
  const expected = cutGroups(resultShape(collection!, groupBy, measures), groupBy, groups, cut)
  demand(equal(left, expected), 'having, orderBy, limit and offset leave other groups')
  return groups
}

/** The fields of a group, as far as comparing them needs it. */
function resultShape(
  collection: CollectionDefinition,
  groupBy: readonly string[],
  measures: Measures,
): Shape {
  const plain = (name: string, kind: Kind): FieldDefinition => ({
    name,
    column: name,
    kind,
    nullable: true,
  })
  const ofMeasure = (name: string, measure: Measures[string]): FieldDefinition => {
    if (measure === 'count') return plain(name, 'int')
    const [[what, of] = ['', '']] = Object.entries(measure)
    return what === 'avg' ? plain(name, 'float') : { ...collection.fields.get(of)!, name }
  }
  const fields = [
    ...groupBy.map((name) => collection.fields.get(name)!),
    ...Object.entries(measures).map(([name, measure]) => ofMeasure(name, measure)),
  ]
  return { fields: new Map(fields.map((field) => [field.name, field])) }
}

function cutGroups(
  shape: Shape,
  groupBy: readonly string[],
  groups: readonly Row[],
  { having = {}, orderBy = [], offset = 0, limit = Infinity }: Query,
): Row[] {
  const terms = [...([orderBy].flat() as Row[]), ...groupBy.map((name) => ({ [name]: 'asc' }))]
  const compare = (a: Row, b: Row): number => {
    for (const [[name, way] = ['', '']] of terms.map((term) => Object.entries(term))) {
      const difference = compareValues(shape.fields.get(name)!, a[name], b[name])
      if (difference !== 0) return way === 'desc' ? -difference : difference
    }
    return 0
  }
  return groups
    .filter((group) => truthOf(shape, having as Row, group, 'two') === true)
    .sort(compare)
    .slice(offset as number, (offset as number) + (limit as number))
}

function checkMeasure(
  collection: CollectionDefinition,
  measure: 'count' | Readonly<Record<string, string>>,
  rows: readonly Row[],
  actual: unknown,
): void {
  const [[name, of] = ['count', '']] = measure === 'count' ? [] : Object.entries(measure)
  const expect = (expected: unknown) => {
    if (equal(expected, actual)) return
    throw new Violation(`${name} is not what the rows of its group say — of '${of}'`)
  }
  if (name === 'count') return expect(rows.length)
  const field = collection.fields.get(of)!
  const values = rows.map((row) => row[of]).filter((value) => value !== null)
  if (values.length === 0) return expect(null)
  if (name === 'min' || name === 'max') {
    const sorted = values.sort((a, b) => compareValues(field, a, b))
    return expect(sorted.at(name === 'min' ? 0 : -1))
  }
  if (name === 'sum' && field.kind !== 'float') expect(exactSum(field, values))
}

function exactSum(field: FieldDefinition, values: readonly unknown[]): unknown {
  if (field.kind === 'bigint') {
    return (values as bigint[]).reduce((sum, value) => sum + value, 0n)
  }
  if (field.kind === 'int') {
    return Number((values as number[]).reduce((sum, value) => sum + BigInt(value), 0n))
  }
  const { scale = 0 } = field
  const sum = (values as string[]).reduce((total, value) => total + worth(value), 0n)
  const digits = String(sum < 0n ? -sum : sum).padStart(19, '0')
  const text = scale === 0 ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${digits.slice(-18)}`
  const cut = scale === 0 ? text : text.slice(0, text.indexOf('.') + 1 + scale)
  return sum < 0n ? `-${cut}` : cut
}
