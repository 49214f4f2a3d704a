import { equal, isRecord, map } from '../lib/plain.ts'
import { smaller } from '../lib/smaller.ts'
import { startMs } from '../lib/runtime.ts'
import type { FuzzCase, Operation } from '../operation.ts'
import { total } from '../race/run-client.ts'
import type { CollectionSpec, FieldSpec, SchemaSpec } from '../schema-spec.ts'
import { smallerRaces } from './smaller-race.ts'

/** Operations to put in the place of one. */
export function* smallerOperations(operation: Operation): Iterable<readonly Operation[]> {
  const { atMs } = operation
  if (atMs !== startMs) yield [{ ...operation, atMs: startMs }]
  if ('check' in operation) {
    // A check needs all of its arguments, and sizes that are sizes.
    for (const [at, arg] of operation.args.entries()) {
      const less = typeof arg === 'number' ? (arg > 1 ? [1, arg - 1] : []) : smaller(arg)
      for (const each of less) yield [{ ...operation, args: operation.args.with(at, each) }]
    }
    return
  }
  if ('call' in operation) {
    for (const args of smaller(operation.args)) yield [{ ...operation, args: args as unknown[] }]
    return
  }
  if ('race' in operation) {
    for (const race of smallerRaces(operation)) yield [race]
    return
  }
  const { transaction } = operation
  yield transaction.map((call) => ({ atMs, ...call }))
  for (const option of ['joinsFrom', 'actor', 'mutationId'] as const) {
    const { [option]: given, ...less } = operation
    if (given !== undefined) yield [less]
  }
  for (const at of transaction.keys()) {
    if (transaction.length > 1) yield [{ ...operation, transaction: transaction.toSpliced(at, 1) }]
  }
  for (const [at, call] of transaction.entries()) {
    for (const args of smaller(call.args)) {
      const changed = { ...call, args: args as unknown[] }
      yield [{ ...operation, transaction: transaction.with(at, changed) }]
    }
  }
}

/** One value for another wherever it stands, so that keys still meet their rows. */
export function* smallerValues(found: FuzzCase): Iterable<FuzzCase> {
  const leaves: unknown[] = []
  mapLeaves(found.operations, (leaf) => {
    if (!leaves.some((other) => equal(other, leaf))) leaves.push(leaf)
    return leaf
  })
  for (const leaf of leaves) {
    for (const simple of simplestFor(leaf, leaves)) {
      const change = (other: unknown) => (equal(other, leaf) ? simple : other)
      yield { ...found, operations: mapLeaves(found.operations, change) }
    }
  }
}

function mapLeaves(
  operations: readonly Operation[],
  change: (leaf: unknown) => unknown,
): Operation[] {
  return operations.map((operation) =>
    mapArguments(operation, (args) => map(args, change) as unknown[]),
  )
}

/** The operation with what `change` makes of the arguments of each call. */
function mapArguments(
  operation: Operation,
  change: (args: readonly unknown[], on: string) => readonly unknown[],
): Operation {
  const changed = <T extends { readonly on: string; readonly args: readonly unknown[] }>(
    call: T,
  ): T => ({ ...call, args: change(call.args, call.on) })
  if ('transaction' in operation) {
    return { ...operation, transaction: operation.transaction.map(changed) }
  }
  if (!('race' in operation)) return changed(operation)
  const race = operation.race.map((client) => ({
    ...client,
    calls: client.calls.map((call) =>
      'revise' in call ? { ...call, key: change([call.key], call.on)[0] } : changed(call),
    ),
  }))
  return { ...operation, race }
}

/** Simple values of a kind that do not stand anywhere yet; collisions would change the case. */
function simplestFor(leaf: unknown, taken: readonly unknown[]): readonly unknown[] {
  const isFree = (simple: unknown) => !taken.some((other) => equal(other, simple))
  if (typeof leaf === 'string') {
    if (leaf.length === 1 && leaf >= 'a' && leaf <= 'd') return []
    return ['a', 'b', 'c', 'd'].filter(isFree).slice(0, 1)
  }
  if (typeof leaf === 'number') return [0, 1, 2, 3].includes(leaf) ? [] : [1, 2, 3].filter(isFree)
  if (typeof leaf === 'bigint') return leaf >= 0n && leaf <= 3n ? [] : [0n, 1n, 2n].filter(isFree)
  return []
}

/** Races are judged by these. */
const accounted: ReadonlySet<string> = new Set([total, 'version'])

/** Without a collection, a field or an index, or with a plainer field. */
export function* smallerSchemas(found: FuzzCase): Iterable<FuzzCase> {
  const { schema } = found
  const withSchema = (changed: SchemaSpec): FuzzCase => ({ ...found, schema: changed })
  const names = Object.keys(schema.collections)
  const races = found.operations.some((operation) => 'race' in operation)
  for (const name of names) {
    if (names.length > 1) yield withSchema(withoutCollection(schema, name))
  }
  if (schema.naming !== 'as_is') yield withSchema({ ...schema, naming: 'as_is' })
  for (const name of names) {
    const spec = schema.collections[name]!
    const replace = (changed: CollectionSpec) =>
      withSchema({ ...schema, collections: { ...schema.collections, [name]: changed } })
    for (const at of spec.indexes.keys()) {
      yield replace({ ...spec, indexes: spec.indexes.toSpliced(at, 1) })
    }
    for (const field of Object.keys(spec.fields)) {
      if (races && accounted.has(field)) continue
      const { [field]: _, ...fields } = spec.fields
      const indexes = spec.indexes.filter((index) => !index.fields.includes(field))
      if (!(spec.key ?? ['id']).includes(field)) {
        const dropped = replace({ ...spec, fields, indexes })
        yield dropped
        yield { ...dropped, operations: withoutField(found.operations, name, field) }
      }
    }
    for (const [field, each] of Object.entries(spec.fields)) {
      for (const plainer of plainerFields(each)) {
        yield replace({ ...spec, fields: { ...spec.fields, [field]: plainer } })
      }
    }
    if (spec.key !== undefined && spec.key.length > 1) {
      for (const at of spec.key.keys()) yield replace({ ...spec, key: spec.key.toSpliced(at, 1) })
    }
  }
}

function withoutCollection(schema: SchemaSpec, name: string): SchemaSpec {
  const { [name]: _, ...others } = schema.collections
  const collections = Object.entries(others).map(([other, spec]) => {
    const fields = Object.fromEntries(
      Object.entries(spec.fields).map(([field, each]) => [
        field,
        each.type === 'ref' && each.args[0] === name
          ? { ...each, type: 'text', args: [{ maxLength: 191 }] }
          : each,
      ]),
    )
    return [other, { ...spec, fields }]
  })
  return { ...schema, collections: Object.fromEntries(collections) as SchemaSpec['collections'] }
}

function* plainerFields(field: FieldSpec): Iterable<FieldSpec> {
  if (field.nullable) yield { ...field, nullable: false }
  if (field.initial !== undefined) {
    const { initial: _, ...rest } = field
    yield rest
  }
  if (field.type === 'ref') yield { ...field, type: 'text', args: [{ maxLength: 191 }] }
  if (field.type === 'text' && field.args.length > 0) yield { ...field, args: [] }
}

/** Drops a field from rows, patches, selections and orders; where it is asked for, it stays. */
function withoutField(
  operations: readonly Operation[],
  on: string,
  field: string,
): readonly Operation[] {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value
        .filter((item) => item !== field && !(isRecord(item) && isOnly(item, field)))
        .map(strip)
    }
    if (!isRecord(value)) return value
    const kept = Object.entries(value).filter(([key]) => key !== field)
    return Object.fromEntries(kept.map(([key, item]) => [key, strip(item)]))
  }
  return operations.map((operation) =>
    mapArguments(operation, (args, of) => (of === on ? (strip(args) as unknown[]) : args)),
  )
}

function isOnly(record: Readonly<Record<string, unknown>>, key: string): boolean {
  const keys = Object.keys(record)
  return keys.length === 1 && keys[0] === key
}
