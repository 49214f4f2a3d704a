import { copyRow } from '../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import type { Primitive } from '../schema/kinds.ts'
import type { Filter, FindPlan, Include } from './ast.ts'
import { identity } from './evaluate.ts'
import { rowComparator } from './order.ts'

/** How flat rows are found: by an adapter, a transaction, or a snapshot. */
export type Find = (plan: FindPlan) => Promise<Row[]>

/** How many rows a query asks for what belongs to them. Engines bind them as one list, or as many. */
export const maxParents = 1_000

const nothing: FindPlan['includes'] = []

/**
 * The rows of a plan with all that it includes. For each include one query asks for what belongs to
 * all rows, or to as many as it may name; so their number does not follow that of the rows.
 */
export async function findIncluding(find: Find, plan: FindPlan): Promise<Row[]> {
  if (plan.includes.length === 0) return find(plan)
  return attach(find, plan, await find(flat(plan, [])))
}

/** Those of which a plan reads rows. */
export function collectionsOf(plan: FindPlan): Set<CollectionDefinition> {
  const collections = new Set([plan.collection])
  for (const include of plan.includes) {
    if (include.join !== undefined) collections.add(include.join.collection)
    for (const collection of collectionsOf(include.plan)) collections.add(collection)
  }
  return collections
}

/** What a row is with a plan: its fields and relations, without what was read to find others by. */
export function project(plan: FindPlan, row: Row): Row {
  if (plan.fields === plan.collection.fieldList) return row
  const projected: Row = {}
  for (const { name } of plan.fields) projected[name] = row[name]
  for (const { relation } of plan.includes) projected[relation.name] = row[relation.name]
  return projected
}

/** The plan of the rows alone, with the fields by which others are found. */
function flat(plan: FindPlan, others: readonly FieldDefinition[]): FindPlan {
  const needed = new Set([
    ...plan.fields,
    ...plan.includes.map((i) => ownField(plan, i)),
    ...others,
  ])
  const { fieldList } = plan.collection
  const isWhole = needed.size === fieldList.length
  const fields = isWhole ? fieldList : fieldList.filter((field) => needed.has(field))
  return { ...plan, fields, includes: nothing }
}

/** The field of the rows themselves by whose value a relation leads on. */
function ownField({ collection }: FindPlan, { relation }: Include): FieldDefinition {
  return relation.kind === 'belongsTo' ? relation.field : collection.key[0]!
}

/** Puts what a plan includes into rows that have been found by `flat`. */
async function attach(find: Find, plan: FindPlan, rows: Row[]): Promise<Row[]> {
  for (const include of plan.includes) {
    const own = ownField(plan, include)
    const relatedTo = await load(find, include, own, rows)
    const { name } = include.relation
    for (const row of rows) row[name] = relatedTo(row[own.name])
  }
  return rows.map((row) => project(plan, row))
}

/** Finds what belongs to rows; returns what tells what belongs to each. */
async function load(
  find: Find,
  include: Include,
  own: FieldDefinition,
  rows: readonly Row[],
): Promise<(value: unknown) => Row | Row[] | null> {
  const values = distinct(own, rows)
  const give = once(include.plan)
  if (include.relation.kind === 'belongsTo') {
    const [key] = include.relation.to.key
    const found = await findBy(find, include.plan, key!, values)
    const targets = new Map(found.map(({ id, row }) => [id, row]))
    return (value) => give(value === null ? undefined : targets.get(identity(own, value))) ?? null
  }
  const related = await (include.join === undefined ? loadMany : loadThrough)(find, include, values)
  return (value) => (related.get(identity(own, value)) ?? []).map((row) => give(row)!)
}

type Related = ReadonlyMap<Primitive, readonly Row[]>

async function loadMany(
  find: Find,
  { relation, plan }: Include,
  values: readonly unknown[],
): Promise<Related> {
  const { limit } = plan
  const limitPer = limit === undefined ? undefined : { field: relation.field, limit }
  const related = new Map<Primitive, Row[]>()
  const children = { ...plan, limit: undefined, limitPer }
  for (const { id, row } of await findBy(find, children, relation.field, values)) {
    add(related, id, row)
  }
  return related
}

/** The order is that of the targets, so a limit cuts them when it is known whose they are. */
async function loadThrough(
  find: Find,
  { relation, plan, join }: Include,
  values: readonly unknown[],
): Promise<Related> {
  const { toField } = relation.through!
  const [key] = plan.collection.key
  const { limit } = plan
  const pairs = await findBy(find, join!, relation.field, values)
  const joins = new Map<Primitive, Set<Primitive>>()
  for (const { id, row } of pairs) {
    const target = row[toField.name]
    if (target === null) continue
    const known = joins.get(identity(key!, target))
    if (known === undefined) joins.set(identity(key!, target), new Set([id]))
    else known.add(id)
  }
  const wanted = distinct(
    toField,
    pairs.map(({ row }) => row),
  )
  const related = new Map<Primitive, Row[]>()
  for (const { id, row } of await findBy(find, { ...plan, limit: undefined }, key!, wanted)) {
    for (const parent of joins.get(id)!) {
      if (limit === undefined || (related.get(parent)?.length ?? 0) < limit) {
        add(related, parent, row)
      }
    }
  }
  return related
}

interface Found {
  /** The identity of the value that it was found by. */
  readonly id: Primitive
  readonly row: Row
}

/** The rows of a plan that have one of the values in a field, whole and in the plan's order. */
async function findBy(
  find: Find,
  plan: FindPlan,
  field: FieldDefinition,
  values: readonly unknown[],
): Promise<Found[]> {
  const isSplit = values.length > maxParents
  const order = isSplit ? plan.order.map((term) => term.field) : []
  const asked = flat(plan, [field, ...order])
  const rows: Row[] = []
  for (let at = 0; at < values.length; at += maxParents) {
    const filter = both(plan.filter, oneOf(field, values.slice(at, at + maxParents)))
    for (const row of await find(narrow({ ...asked, filter }, values))) rows.push(row)
  }
  if (isSplit) rows.sort(rowComparator(plan.order))
  const ids = rows.map((row) => identity(field, row[field.name]))
  const whole = await attach(find, plan, rows)
  return whole.map((row, index) => ({ id: ids[index]!, row }))
}

/** Where one row is asked for, its limit is that of the query, which every engine does better. */
function narrow(plan: FindPlan, { length }: readonly unknown[]): FindPlan {
  if (length > 1 || plan.limitPer === undefined) return plan
  return { ...plan, limit: plan.limitPer.limit, limitPer: undefined }
}

function oneOf(field: FieldDefinition, values: readonly unknown[]): Filter {
  const test = { kind: 'test', field, negated: false, matchesNull: false } as const
  return values.length === 1
    ? { ...test, operator: 'eq', operand: values[0] }
    : { ...test, operator: 'in', operand: values }
}

function both(a: Filter, b: Filter): Filter {
  return a.kind === 'every' ? b : { kind: 'and', terms: [b, a] }
}

/** The values that rows have in a field, each once and without null. */
function distinct(field: FieldDefinition, rows: readonly Row[]): unknown[] {
  const values = new Map<Primitive, unknown>()
  for (const row of rows) {
    const value = row[field.name]
    if (value !== null) values.set(identity(field, value), value)
  }
  return Array.from(values.values())
}

function add(lists: Map<Primitive, Row[]>, id: Primitive, row: Row): void {
  const list = lists.get(id)
  if (list === undefined) lists.set(id, [row])
  else list.push(row)
}

/** Gives a row out, and copies of it from the second time on: rows of a result share no state. */
function once(plan: FindPlan): (row: Row | undefined) => Row | undefined {
  const given = new Set<Row>()
  return (row) => {
    if (row === undefined || !given.has(row)) {
      if (row !== undefined) given.add(row)
      return row
    }
    return copyFound(plan, row)
  }
}

function copyFound({ fields, includes }: FindPlan, row: Row): Row {
  const copy = copyRow(fields, row)
  for (const { relation, plan } of includes) {
    const value = row[relation.name] as Row | readonly Row[] | null
    if (value === null) copy[relation.name] = null
    else if (Array.isArray(value))
      copy[relation.name] = value.map((one: Row) => copyFound(plan, one))
    else copy[relation.name] = copyFound(plan, value as Row)
  }
  return copy
}
