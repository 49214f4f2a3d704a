import type { CollectionDefinition, FieldDefinition, SchemaDefinition } from '@wherry/core/schema'
import { equal, isRecord } from '../lib/plain.ts'
import { isWrite, type Call, type Single } from '../operation.ts'
import type { Outcome, Row, RowsByCollection } from '../outcome.ts'
import { compareValues, truthOf, worth } from '../reference.ts'

type Input = Readonly<Record<string, unknown>>

/**
 * What a write on the oracle broke, judged by the rows before and after it and by nothing that the
 * oracle is made of; undefined when it did just what it was asked to.
 */
export function brokenLaw(
  definition: SchemaDefinition,
  before: RowsByCollection,
  operation: Single,
  outcome: Outcome,
): string | undefined {
  const { after } = outcome
  if (after === undefined) return undefined
  if ('transaction' in operation) {
    const { ending } = (outcome as { value: { ending: Outcome } }).value
    const rolledBack = 'failure' in ending && !sameRows(before, after)
    return rolledBack ? 'a transaction failed and left something' : undefined
  }
  if (!('call' in operation) || !isWrite(operation)) return undefined
  if (!('value' in outcome)) {
    return sameRows(before, after) ? undefined : 'a write failed and left something'
  }
  const collection = definition.collections.get(operation.on)!
  const change = new Change(collection, before[operation.on] ?? [], after[operation.on]!)
  return change.check(operation, outcome.value, operation.atMs)
}

function sameRows(before: RowsByCollection, after: RowsByCollection): boolean {
  return Object.keys(after).every((name) => equal(before[name] ?? [], after[name]))
}

/** The rows of one collection before and after a write that succeeded. */
class Change {
  readonly #collection: CollectionDefinition
  readonly #before: readonly Row[]
  readonly #after: readonly Row[]

  constructor(collection: CollectionDefinition, before: readonly Row[], after: readonly Row[]) {
    this.#collection = collection
    this.#before = before
    this.#after = after
  }

  check({ call, args }: Call, value: unknown, nowMs: number): string | undefined {
    const query = args[0] as Input
    switch (call) {
      case 'insert':
        return this.#inserted([query], [value as Row], nowMs)
      case 'insertMany':
        return this.#inserted(args[0] as Input[], value as Row[], nowMs)
      case 'update':
        return this.#updated([value as Row], args[1] as Input, nowMs)
      case 'updateMany':
        return this.#updatedMany(query, value as number, nowMs)
      case 'upsert':
        return this.#upserted(query, value as Row, nowMs)
      case 'delete':
        return this.#deleted((row) => this.#hasKey(row, args[0]), 1)
      case 'deleteMany':
        return this.#deleted((row) => this.#matches(query, row), value as number)
      default:
        return undefined
    }
  }

  #inserted(inputs: readonly Input[], rows: readonly Row[], nowMs: number): string | undefined {
    if (rows.length !== inputs.length) return 'insert returned another number of rows'
    if (!this.#holds(this.#before, rows)) return 'insert did other things than insert'
    const wrong = inputs.findIndex((input, index) => !this.#isMadeOf(input, rows[index]!, nowMs))
    return wrong < 0 ? undefined : `insert stored another row than was given — ${wrong}`
  }

  #isMadeOf(input: Input, row: Row, nowMs: number): boolean {
    return this.#collection.fieldList.every((field) => {
      const [value, given] = [row[field.name], input[field.name]]
      if (given !== undefined) return isStoredAs(field, given, value)
      if (field.managed !== undefined) return isManaged(field, value, nowMs)
      if (field.defaultValue !== undefined) return isStoredAs(field, field.defaultValue(), value)
      return field.nullable ? value === null : typeof value === 'string' && value !== ''
    })
  }

  #updatedMany(query: Input, count: number, nowMs: number): string | undefined {
    const keys = this.#before.filter((row) => this.#matches(query, row)).map(this.#keyOf)
    if (keys.length !== count) return 'updateMany counted other rows than match'
    const isChanged = (row: Row) => keys.some((key) => equal(key, this.#keyOf(row)))
    return this.#updated(this.#after.filter(isChanged), query.set as Input, nowMs)
  }

  /** `rows` are those that changed, as they are now. */
  #updated(rows: readonly Row[], patch: Input, nowMs: number): string | undefined {
    const keys = rows.map(this.#keyOf)
    const others = this.#before.filter((row) => !keys.some((key) => equal(key, this.#keyOf(row))))
    if (!this.#holds(others, rows)) return 'an update changed other rows'
    for (const row of rows) {
      const old = this.#before.find((each) => equal(this.#keyOf(each), this.#keyOf(row)))
      if (old === undefined) return 'an update made a row'
      const wrong = this.#collection.fieldList.find(
        (field) => !isPatched(field, old[field.name], patch[field.name], row[field.name], nowMs),
      )
      if (wrong !== undefined) return `an update made another value — of '${wrong.name}'`
    }
    return undefined
  }

  #upserted({ on, insert, update }: Input, row: Row, nowMs: number): string | undefined {
    const fields = (on as string[]).map((name) => this.#collection.fields.get(name)!)
    const wanted = insert as Input
    const met = this.#before.filter((old) =>
      fields.every(({ name }) => old[name] !== null && equal(old[name], row[name])),
    )
    const existed = this.#before.some((old) => equal(this.#keyOf(old), this.#keyOf(row)))
    if (existed) return this.#updated([row], update as Input, nowMs)
    return met.length > 0
      ? 'upsert inserted beside a row that is there'
      : this.#inserted([wanted], [row], nowMs)
  }

  #deleted(isDoomed: (row: Row) => boolean, count: number): string | undefined {
    const doomed = this.#before.filter(isDoomed)
    const left = this.#before.filter((row) => !isDoomed(row))
    if (doomed.length !== count) return 'delete counted other rows than match'
    return equal(left, this.#after) ? undefined : 'delete left other rows than it should'
  }

  /** Whether the rows are now these and those, in whatever order. */
  #holds(these: readonly Row[], those: readonly Row[]): boolean {
    const all = [...these, ...those]
    return (
      all.length === this.#after.length &&
      all.every((row) => this.#after.some((other) => equal(row, other)))
    )
  }

  #matches({ where }: Input, row: Row): boolean {
    return truthOf(this.#collection, where as Input, row, 'two') === true
  }

  /** A key may be written in more than one way: decimals have zeros that mean nothing. */
  #hasKey(row: Row, given: unknown): boolean {
    const { key } = this.#collection
    const one = key.length === 1
    return key.every((field) => {
      const value = one ? given : (given as Input)[field.name]
      return compareValues(field, row[field.name], value) === 0
    })
  }

  readonly #keyOf = (row: Row): unknown => {
    const { key } = this.#collection
    if (key.length === 1) return row[key[0]!.name]
    return Object.fromEntries(key.map(({ name }) => [name, row[name]]))
  }
}

/** The same value, in the one form that the kind is stored in. */
function isStoredAs(field: FieldDefinition, given: unknown, stored: unknown): boolean {
  if (given === null || stored === null) return given === stored
  if (field.kind === 'json') return equal(JSON.parse(JSON.stringify(given)), stored)
  if (field.kind !== 'array') return compareValues(field, given, stored) === 0
  const { element } = field
  const [all, kept] = [given as unknown[], stored as unknown[]]
  return (
    all.length === kept.length &&
    all.every((item, index) => compareValues(element!, item, kept[index]) === 0)
  )
}

function isManaged(field: FieldDefinition, value: unknown, nowMs: number): boolean {
  return field.managed === 'version' ? value === 1 : equal(value, new Date(nowMs))
}

function isPatched(
  field: FieldDefinition,
  old: unknown,
  change: unknown,
  value: unknown,
  nowMs: number,
): boolean {
  if (field.managed === 'version') return value === (old as number) + 1
  if (field.managed === 'updatedAt') return equal(value, new Date(nowMs))
  if (change === undefined) return equal(old, value)
  const isIncrement = isRecord(change) && 'increment' in change && field.kind !== 'json'
  if (!isIncrement) return isStoredAs(field, change, value)
  if (old === null) return value === null
  const { increment } = change
  switch (field.kind) {
    case 'bigint':
      return (old as bigint) + (increment as bigint) === value
    case 'decimal':
      return worth(old as string) + worth(increment as string) === worth(value as string)
    default:
      return (old as number) + (increment as number) === value
  }
}
