import { eachRow } from '../../errors/wherry-error.ts'
import { evaluateAggregate } from '../../query/aggregate.ts'
import type {
  AggregatePlan,
  DeletePlan,
  Filter,
  FindPlan,
  UpdatePlan,
  UpsertPlan,
  WritePlan,
} from '../../query/ast.ts'
import { compileFilter, evaluateFind, identity, identityOf } from '../../query/evaluate.ts'
import type { MutationSettings, WriteResult } from '../../contract/adapter.ts'
import type { Change, Reader } from '../../contract/change-log.ts'
import { copyRow } from '../../schema/codec.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  Row,
  SchemaDefinition,
} from '../../schema/definition.ts'
import { applyChanges } from '../apply-changes.ts'
import { checkPlan } from '../guards.ts'
import { foreignKeyViolation, uniqueViolation } from '../violations.ts'
import { Table } from './table.ts'

/**
 * One version of the whole database, and what plans do to it. A failed plan leaves its version
 * half-changed: the caller drops the version instead of merging it.
 */
export class Version {
  readonly #schema: SchemaDefinition
  readonly #below: Version | undefined
  readonly #tables = new Map<string, Table>()
  /** Versions on top of this one that stay as it was when they were made. */
  readonly #held = new Set<Version>()

  constructor(schema: SchemaDefinition, below?: Version) {
    this.#schema = schema
    this.#below = below
  }

  /** Makes this version that of the one below, and says what that changed. */
  mergeDown(mutation?: MutationSettings): Change[] {
    const changes = Array.from(this.#tables.values()).flatMap((table) =>
      Array.from(table.mergeDown(mutation)),
    )
    for (const held of this.#below!.#held) held.#keep(changes)
    return changes
  }

  /** Reads this version as it is now, whatever is merged into it meanwhile. */
  async hold<T>(read: (version: Version) => Promise<T>): Promise<T> {
    const held = new Version(this.#schema, this)
    this.#held.add(held)
    try {
      return await read(held)
    } finally {
      this.#held.delete(held)
    }
  }

  find(plan: FindPlan): Row[] {
    const rows =
      this.#rowOfKey(plan) ?? evaluateFind(plan, this.#candidates(plan.collection, plan.filter))
    return rows.map((row) => copyRow(plan.fields, row))
  }

  aggregate(plan: AggregatePlan): Row[] {
    return evaluateAggregate(plan, this.#candidates(plan.collection, plan.filter))
  }

  write(plan: WritePlan): WriteResult {
    switch (plan.kind) {
      case 'insert':
        return this.#insert(plan.collection, plan.rows)
      case 'update':
        return this.#update(plan)
      case 'upsert':
        return this.#upsert(plan)
      case 'delete':
        return this.#delete(plan)
    }
  }

  /** Takes what the version below has had until now, where it is not kept already. */
  #keep(changes: readonly Change[]): void {
    for (const { collection, old, row } of changes) {
      this.#table(collection).keep((old ?? row)!, old)
    }
  }

  #table(collection: CollectionDefinition): Table {
    let table = this.#tables.get(collection.name)
    if (table === undefined) {
      const below = this.#below
      table = new Table(collection, below && below.#table(collection))
      this.#tables.set(collection.name, table)
    }
    return table
  }

  #insert(collection: CollectionDefinition, rows: readonly Row[]): WriteResult {
    const table = this.#table(collection)
    eachRow(rows, (row) => this.#insertRow(table, row))
    return { count: rows.length, rows }
  }

  #insertRow(table: Table, row: Row): void {
    const { collection } = table
    const key = table.keyOf(row)
    if (table.get(key) !== undefined) throw uniqueViolation(collection, collection.key)
    table.set(key, copyRow(collection.fieldList, row))
    this.#checkRows(table, [row])
  }

  #update({ collection, filter, set, returning }: UpdatePlan): WriteResult {
    const table = this.#table(collection)
    const matches = compileFilter(filter)
    const changed: Row[] = []
    for (const row of this.#candidates(collection, filter)) {
      if (matches(row)) changed.push(applyChanges(collection, row, set))
    }
    for (const row of changed) table.set(table.keyOf(row), row)
    this.#checkRows(table, changed)
    const rows = returning ? changed.map((row) => copyRow(collection.fieldList, row)) : []
    return { count: changed.length, rows }
  }

  #upsert({ collection, row, on, set }: UpsertPlan): WriteResult {
    const table = this.#table(collection)
    const wanted = identityOf(on, row)
    const key =
      on === collection.key || wanted === undefined ? wanted : first(table.lookUp(on, wanted))
    const existing = key === undefined ? undefined : table.get(key)
    if (existing === undefined) return this.#insert(collection, [row])
    const changed = applyChanges(collection, existing, set)
    table.set(key!, changed)
    this.#checkRows(table, [changed])
    return { count: 1, rows: [copyRow(collection.fieldList, changed)] }
  }

  #delete({ collection, filter }: DeletePlan): WriteResult {
    const table = this.#table(collection)
    const matches = compileFilter(filter)
    const doomed = Array.from(this.#candidates(collection, filter)).filter(matches)
    for (const row of doomed) table.set(table.keyOf(row), undefined)
    for (const row of doomed) this.#checkUnreferred(collection, table.keyOf(row))
    return { count: doomed.length, rows: [] }
  }

  /** As SQL engines do: unique indexes while they write, references when the statement ends. */
  #checkRows(table: Table, rows: readonly Row[]): void {
    for (const row of rows) this.#checkUnique(table, row)
    for (const row of rows) this.#checkReferences(table, row)
  }

  #checkUnique(table: Table, row: Row): void {
    for (const { fields, unique } of table.collection.indexes) {
      const wanted = unique ? identityOf(fields, row) : undefined
      if (wanted !== undefined && table.lookUp(fields, wanted).size > 1) {
        throw uniqueViolation(table.collection, fields)
      }
    }
  }

  #checkReferences({ collection }: Table, row: Row): void {
    for (const field of collection.fieldList) {
      const value = row[field.name]
      if (field.ref === undefined || value === null) continue
      const target = this.#table(this.#schema.collections.get(field.ref)!)
      if (target.get(String(identity(field, value))) === undefined) {
        throw foreignKeyViolation(collection)
      }
    }
  }

  #checkUnreferred(target: CollectionDefinition, key: string): void {
    for (const collection of this.#schema.collections.values()) {
      for (const field of collection.fieldList) {
        if (field.ref !== target.name) continue
        if (this.#table(collection).lookUp([field], key).size > 0) {
          throw foreignKeyViolation(target)
        }
      }
    }
  }

  /** The row of a plan that asks for a key and nothing else, as `get` does: found, not tested. */
  #rowOfKey({ collection, filter, limit, limitPer, offset, after }: FindPlan): Row[] | undefined {
    const [field, ...others] = collection.key
    if (filter.kind !== 'test' || filter.field !== field || others.length > 0) return undefined
    const isWhole = filter.operator === 'eq' && !filter.negated && limit !== 0
    if (!isWhole || offset > 0 || after !== undefined || limitPer !== undefined) return undefined
    const row = this.#table(collection).get(String(identity(field, filter.operand)))
    return row === undefined ? [] : [row]
  }

  /** The rows worth testing: few where the filter pins the key or an index, else all of them. */
  #candidates(collection: CollectionDefinition, filter: Filter): Iterable<Row> {
    const table = this.#table(collection)
    const pins = pinnedValues(filter)
    const key = pinnedIdentity(collection.key, pins)
    if (key !== undefined) return present([table.get(key)])
    for (const { fields } of collection.indexes) {
      const wanted = pinnedIdentity(fields, pins)
      if (wanted === undefined) continue
      return present(Array.from(table.lookUp(fields, wanted), (found) => table.get(found)))
    }
    return table.values()
  }
}

/** What may be asked of a version from outside. */
export function readerOf(version: Version): Reader {
  return {
    async find(plan) {
      checkPlan(plan)
      return version.find(plan)
    },
    async aggregate(plan) {
      checkPlan(plan)
      return version.aggregate(plan)
    },
  }
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item
  return undefined
}

function present(rows: readonly (Row | undefined)[]): Row[] {
  return rows.filter((row) => row !== undefined)
}

/** What each field must equal for the filter to match. */
function pinnedValues(filter: Filter): Row {
  const pins: Row = {}
  for (const term of filter.kind === 'and' ? filter.terms : [filter]) {
    if (term.kind !== 'test' || term.operator !== 'eq' || term.negated || term.path) continue
    pins[term.field.name] = term.operand
  }
  return pins
}

function pinnedIdentity(fields: readonly FieldDefinition[], pins: Row): string | undefined {
  return fields.every(({ name }) => pins[name] !== undefined) ? identityOf(fields, pins) : undefined
}
