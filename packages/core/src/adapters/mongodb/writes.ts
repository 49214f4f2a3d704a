import type { WriteResult } from '../../contract/adapter.ts'
import { isWherryError, type WherryError } from '../../errors/wherry-error.ts'
import {
  planMark,
  type Assignment,
  type DeletePlan,
  type Filter,
  type InsertPlan,
  type UpdatePlan,
  type UpsertPlan,
  type WritePlan,
} from '../../query/ast.ts'
import { identityOf } from '../../query/evaluate.ts'
import { isSameRow } from '../../query/same-row.ts'
import { copyRow } from '../../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import { applyChanges } from '../apply-changes.ts'
import { inTheWay } from '../violations.ts'
import { assignmentsFor, groupByNulls } from './assignments.ts'
import type { MongoContext } from './context.ts'
import type { DocumentCode } from './documents.ts'
import type { ClientSession, Document } from './driver.ts'
import { isDuplicate, type MongoFailure } from './errors.ts'
import { both, compileFilter } from './filter.ts'
import { pinnedKey } from './keys.ts'
import { find } from './reads.ts'
import { findBy, whereEqual } from '../row-plans.ts'
import { WriteFailures } from './write-failures.ts'

/** A row before and after a write; null where there was or is none. */
export interface RowChange {
  readonly old: Row | null
  readonly row: Row | null
}

export interface Written extends WriteResult {
  /** What the write has changed; known only to writers that have been asked to find out. */
  readonly changes: readonly RowChange[]
}

/** Whether a plan changes one document at most, which the server does whole or not at all. */
export function isAtomic(code: DocumentCode, plan: WritePlan): boolean {
  switch (plan.kind) {
    case 'insert':
      return plan.rows.length === 1
    case 'update':
    case 'delete': {
      const { collection, filter } = plan
      return (
        pinnedKey(collection, filter) !== undefined &&
        compileFilter(code, collection, filter).isExact
      )
    }
    case 'upsert':
      return true
  }
}

/** Applies plans to documents. */
export class Writer {
  readonly #context: MongoContext
  readonly #session: ClientSession | undefined
  /** Nothing else tells of changes, so that rows are read before they are changed. */
  readonly #findsChanges: boolean
  readonly #options: object
  readonly #failures: WriteFailures

  constructor(context: MongoContext, session?: ClientSession) {
    this.#context = context
    this.#session = session
    this.#findsChanges = !context.deployment.isReplicated
    this.#failures = new WriteFailures(context, session)
    // A transaction has a write concern of its own.
    this.#options = session === undefined ? context.writeOptions : { session }
  }

  apply(plan: WritePlan): Promise<Written> {
    switch (plan.kind) {
      case 'insert':
        return this.#insert(plan)
      case 'update':
        return isAtomic(this.#context.code, plan) ? this.#updateOne(plan) : this.#update(plan)
      case 'upsert':
        return this.#upsert(plan)
      case 'delete':
        return isAtomic(this.#context.code, plan) ? this.#deleteOne(plan) : this.#delete(plan)
    }
  }

  async #insert({ collection, rows }: InsertPlan): Promise<Written> {
    const { code } = this.#context
    const documents = rows.map((row) => code.toDocument(collection, row))
    const target = this.#context.collection(collection)
    try {
      if (documents.length === 1) await target.insertOne(documents[0]!, this.#options)
      else if (documents.length > 1) await target.insertMany(documents, this.#options)
    } catch (error) {
      if (documents.length < 2) throw await this.#failures.of(error, collection, rows, true)
      const refused = (error as MongoFailure).writeErrors?.[0]
      if (refused === undefined) throw this.#failures.halfWay(error, collection)
      const { index: row } = refused
      const inserted = documents.slice(0, row).map(({ _id }) => _id)
      try {
        const earlier = rows.slice(0, row)
        const known = await this.#failures.of(error, collection, [rows[row]!], true, earlier)
        throw known.annotate({ row })
      } finally {
        await this.#failures.takeBack(() => target.deleteMany({ _id: { $in: inserted } }))
      }
    }
    const changes = rows.map((row) => ({ old: null, row: copyRow(collection.fieldList, row) }))
    return { count: rows.length, rows, changes }
  }

  /** The row by its key: one command, unless what is to be added depends on what is there. */
  async #updateOne(plan: UpdatePlan): Promise<Written> {
    const { collection, set } = plan
    const target = this.#context.collection(collection)
    const { filter } = compileFilter(this.#context.code, collection, plan.filter)
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const dependsOnRow = set.some(
        ({ field, operation }) => operation === 'increment' && field.nullable,
      )
      const known = dependsOnRow ? await this.#first(collection, plan.filter) : undefined
      if (dependsOnRow && known === undefined) return none
      const { update, guards } = assignmentsFor(this.#context.code, collection, set, known)
      const before = await this.#unlessDuplicate(plan, () =>
        target.findOneAndUpdate(both([filter, ...guards]), update, {
          ...this.#options,
          returnDocument: 'before',
        }),
      )
      if (before !== null) return this.#updated(collection, before, set, plan.returning)
      if (guards.length === 0) return none
      const row = await this.#first(collection, plan.filter)
      if (row === undefined) return none
      // Throws where a guard was in the way because of a range; else the row has changed meanwhile.
      applyChanges(collection, row, set)
    }
    throw inTheWay()
  }

  /** All rows of a filter. In no transaction it may stop half-way, and then takes back what it did. */
  async #update(plan: UpdatePlan): Promise<Written> {
    const { collection, set } = plan
    const { code } = this.#context
    const target = this.#context.collection(collection)
    const { filter, isExact } = compileFilter(code, collection, plan.filter)
    const dependsOnRows = set.some(
      ({ field, operation }) => operation === 'increment' && field.managed !== 'version',
    )
    if (!this.#findsChanges && isExact && !dependsOnRows) {
      const { update } = assignmentsFor(code, collection, set)
      const { matchedCount } = await this.#unlessDuplicate(plan, () =>
        target.updateMany(filter, update, this.#options),
      )
      return { count: matchedCount, rows: [], changes: [] }
    }
    const rows = await this.#rows(collection, plan.filter)
    const changes = rows.map((old) => ({ old, row: applyChanges(collection, old, set) }))
    const reached: Row[] = []
    try {
      for (const alike of groupByNulls(set, rows)) {
        const { update } = assignmentsFor(code, collection, set, alike[0])
        for (const some of chunks(alike)) {
          for (const row of some) reached.push(row)
          await target.updateMany(this.#among(collection, some), update, this.#options)
        }
      }
    } catch (error) {
      const changed = changes.map(({ row }) => row)
      try {
        throw await this.#failures.of(error, collection, changed, false)
      } finally {
        await this.#failures.takeBack(() => this.#restore(collection, set, reached))
      }
    }
    const changed = plan.returning
      ? changes.map(({ row }) => copyRow(collection.fieldList, row))
      : []
    return { count: rows.length, rows: changed, changes }
  }

  async #deleteOne({ collection, filter }: DeletePlan): Promise<Written> {
    const { code } = this.#context
    const compiled = compileFilter(code, collection, filter)
    const document = await this.#context
      .collection(collection)
      .findOneAndDelete(compiled.filter, this.#options)
    if (document === null) return none
    if (!this.#findsChanges) return { count: 1, rows: [], changes: [] }
    const old = this.#failures.rowBefore(collection, document)
    return { count: 1, rows: [], changes: [{ old, row: null }] }
  }

  async #delete({ collection, filter }: DeletePlan): Promise<Written> {
    const target = this.#context.collection(collection)
    const compiled = compileFilter(this.#context.code, collection, filter)
    if (!this.#findsChanges && compiled.isExact) {
      const { deletedCount } = await target.deleteMany(compiled.filter, this.#options)
      return { count: deletedCount, rows: [], changes: [] }
    }
    const rows = await this.#rows(collection, filter)
    let hasDeleted = false
    for (const some of chunks(rows)) {
      await target.deleteMany(this.#among(collection, some), this.#options).catch((error) => {
        throw this.#failures.halfWay(error, collection, hasDeleted)
      })
      hasDeleted = true
    }
    return { count: rows.length, rows: [], changes: rows.map((old) => ({ old, row: null })) }
  }

  /** Changes the row that has the same values, or inserts one; whoever is at it at the same time. */
  async #upsert({ collection, row, on, set }: UpsertPlan): Promise<Written> {
    const isNew = on.some(({ name }) => row[name] === null)
    let violation: WherryError | undefined
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const existing = isNew ? undefined : await this.#first(collection, whereEqual(on, row))
      if (existing !== undefined) {
        const filter = whereEqual([...new Set([...collection.key, ...on])], existing)
        const update = { [planMark]: true, collection, filter, set, returning: true } as const
        const written = await this.#updateOne({ ...update, kind: 'update' })
        if (written.count > 0) return written
      } else if (violation !== undefined && !isViolationOf(violation, on)) {
        throw violation
      } else {
        try {
          return await this.#insert({ [planMark]: true, kind: 'insert', collection, rows: [row] })
        } catch (error) {
          // Somebody else may have inserted it meanwhile; a transaction cannot see it, and is over.
          if (isNew || this.#session !== undefined || !isViolation(error)) throw error
          violation = error
        }
      }
    }
    throw violation ?? inTheWay()
  }

  /** Runs a write, and says of a duplicate which fields it is about. */
  async #unlessDuplicate<T>(plan: UpdatePlan, write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (!isDuplicate(error)) throw error
      const { collection, filter, set } = plan
      const row = await this.#first(collection, filter).catch(() => undefined)
      const changed = row === undefined ? [] : [applyChanges(collection, row, set)]
      throw await this.#failures.of(error, collection, changed, false)
    }
  }

  /** Of the rows that a write has reached, those that it has changed. */
  async #restore(
    collection: CollectionDefinition,
    set: readonly Assignment[],
    reached: readonly Row[],
  ): Promise<void> {
    const { code } = this.#context
    const target = this.#context.collection(collection)
    const current = new Map<string, Row>()
    for (const some of chunks(reached)) {
      for (const document of await target.find(this.#among(collection, some)).toArray()) {
        const row = code.toRow(collection, collection.fieldList, document)
        current.set(identityOf(collection.key, row)!, row)
      }
    }
    for (const row of reached) {
      const now = current.get(identityOf(collection.key, row)!)
      if (now === undefined || isSameRow(collection, now, row)) continue
      const before = set.map(({ field }) => ({
        field,
        operation: 'set' as const,
        value: row[field.name],
      }))
      const { update } = assignmentsFor(code, collection, before)
      const { filter } = compileFilter(code, collection, whereEqual(collection.key, row))
      await target.updateOne(filter, update, this.#options)
    }
  }

  #updated(
    collection: CollectionDefinition,
    document: Document,
    set: readonly Assignment[],
    returning: boolean,
  ): Written {
    const old = this.#failures.rowBefore(collection, document)
    const row = applyChanges(collection, old, set)
    const changes = [{ old, row }]
    return { count: 1, rows: returning ? [copyRow(collection.fieldList, row)] : [], changes }
  }

  #among(collection: CollectionDefinition, rows: readonly Row[]): Document {
    return { _id: { $in: rows.map((row) => this.#context.code.idOf(collection, row)) } }
  }

  /** Whole rows, in the order of their keys. */
  #rows(collection: CollectionDefinition, filter: Filter, limit?: number): Promise<Row[]> {
    const order = collection.key.map((field) => ({ field, descending: false }))
    const plan = { ...findBy(collection, filter, false), order, limit }
    return find(this.#context, plan, this.#session)
  }

  async #first(collection: CollectionDefinition, filter: Filter): Promise<Row | undefined> {
    const [row] = await this.#rows(collection, filter, 1)
    return row
  }
}

const none: Written = { count: 0, rows: [], changes: [] }

/** How many keys one command names. */
const largestChunk = 10_000

function* chunks(rows: readonly Row[]): Iterable<readonly Row[]> {
  for (let at = 0; at < rows.length; at += largestChunk) yield rows.slice(at, at + largestChunk)
}

/** How often a write is tried that others keep changing the row under. */
const maxAttempts = 100

function isViolation(error: unknown): error is WherryError {
  return isWherryError(error) && error.code === 'UniqueViolation'
}

function isViolationOf({ details }: WherryError, on: readonly FieldDefinition[]): boolean {
  const names = on.map(({ name }) => name).sort()
  return [...(details.fields ?? [])].sort().join() === names.join()
}
