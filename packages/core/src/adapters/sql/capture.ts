import type { AdapterContext, Session, WriteResult } from '../../contract/adapter.ts'
import type { CaptureMode } from '../../contract/log-settings.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import {
  planMark,
  type DeletePlan,
  type Filter,
  type UpdatePlan,
  type UpsertPlan,
  type WritePlan,
} from '../../query/ast.ts'
import { identityOf } from '../../query/evaluate.ts'
import { encodeRow, encodeValue } from '../../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { inTheWay } from '../violations.ts'
import { findBy, whereEqual, whereKeys } from '../row-plans.ts'

/** An entry of the log as the service writes it: what a trigger would have written. */
export interface NewEntry {
  readonly operation: 'insert' | 'update' | 'delete'
  /** JSON, in the row codec. */
  readonly key: string
  readonly version: number | null
  readonly row: string | null
  readonly old: string | null
}

/** The collections whose changes triggers write, the service, or nobody. */
export function capturedBy(
  context: Pick<AdapterContext, 'schema' | 'log'>,
  mode: CaptureMode,
): ReadonlySet<CollectionDefinition> {
  return captured(context, 'triggers', mode)
}

/** No trigger tells this service, under the names that it knows, what happens to these tables. */
export function notCaptured(tables: readonly string[]): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `The change log does not see what happens to ${tables.join(', ')}; connect with ` +
      `{ ensure: 'create' } to make its triggers, which does not replace those of a later schema`,
    { problems: tables.map((table) => `'${table}' has no triggers that write the change log`) },
  )
}

interface Hands {
  /** A transaction; its writes are not captured. */
  readonly session: Session
  /** Does work of which nothing is left where values are taken, and the transaction goes on. */
  guarded<T>(work: () => Promise<T>): Promise<T>
  /** Writes entries into the log. */
  append(collection: CollectionDefinition, entries: readonly NewEntry[]): Promise<void> | void
}

/**
 * Applies a plan within a transaction, and writes what it has changed into the log. Rows are locked
 * and read before they are changed, and changed by their keys, so that what is logged is what happens.
 */
export async function writeCaptured(hands: Hands, plan: WritePlan): Promise<WriteResult> {
  switch (plan.kind) {
    case 'insert': {
      const result = await hands.session.write([plan])
      const { collection } = plan
      await log(hands, collection, 'insert', [], result[0]!.rows)
      return result[0]!
    }
    case 'update':
      return update(hands, plan)
    case 'upsert':
      return upsert(hands, plan)
    case 'delete':
      return remove(hands, plan)
  }
}

async function update(hands: Hands, plan: UpdatePlan): Promise<WriteResult> {
  const { collection, returning } = plan
  const { session } = hands
  const before = await session.find(findBy(collection, plan.filter, true))
  const found: Row[][] = []
  for (const filter of byKeys(collection, before)) {
    await session.write([{ ...plan, filter, returning: false }])
    found.push(await session.find(findBy(collection, filter, false)))
  }
  const after = found.flat()
  await log(hands, collection, 'update', before, after)
  return { count: before.length, rows: returning ? after : [] }
}

async function remove(hands: Hands, plan: DeletePlan): Promise<WriteResult> {
  const { collection } = plan
  const before = await hands.session.find(findBy(collection, plan.filter, true))
  for (const filter of byKeys(collection, before)) await hands.session.write([{ ...plan, filter }])
  await log(hands, collection, 'delete', before, [])
  return { count: before.length, rows: [] }
}

/** Changes the row that has the same values, or inserts one; whoever was faster is waited for. */
async function upsert(hands: Hands, plan: UpsertPlan): Promise<WriteResult> {
  const { collection, row, on, set } = plan
  const isNew = on.some(({ name }) => row[name] === null)
  const find = (fields: readonly FieldDefinition[]) =>
    hands.session.find(findBy(collection, whereEqual(fields, row), true))
  let [existing] = isNew ? [] : await find(on)
  if (existing === undefined) {
    try {
      const insert = { [planMark]: true, kind: 'insert', collection, rows: [row] } as const
      return await hands.guarded(() => writeCaptured(hands, insert))
    } catch (error) {
      if (isNew || !isWherryError(error) || error.code !== 'UniqueViolation') throw error
      ;[existing] = await find(on)
      if (existing === undefined) {
        const { fields } = error.details
        const met = collection.fieldList.filter(({ name }) => fields?.includes(name))
        if (met.length === 0 || (await find(met)).length > 0) throw error
        // A transaction that reads a snapshot does not see it, however often it looks.
        throw inTheWay(error)
      }
    }
  }
  const filter = whereEqual(collection.key, existing)
  const change = { [planMark]: true, kind: 'update', collection, filter, set } as const
  return update(hands, { ...change, returning: true })
}

/** How many rows one statement names. */
const mostNamed = 500

/** Filters that together name these rows. */
function byKeys(collection: CollectionDefinition, rows: readonly Row[]): Filter[] {
  const filters: Filter[] = []
  for (let first = 0; first < rows.length; first += mostNamed) {
    filters.push(whereKeys(collection, rows.slice(first, first + mostNamed)))
  }
  return filters
}

async function log(
  { append }: Hands,
  collection: CollectionDefinition,
  operation: NewEntry['operation'],
  before: readonly Row[],
  after: readonly Row[],
): Promise<void> {
  const { key } = collection
  const olds = new Map(before.map((row) => [identityOf(key, row), row]))
  const rows = operation === 'delete' ? before : after
  const entries = rows.map((row): NewEntry => {
    const old = olds.get(identityOf(key, row))
    return {
      operation,
      key: JSON.stringify(key.map((field) => encodeValue(field, row[field.name]))),
      version: collection.version === undefined ? null : (row[collection.version.name] as number),
      row: operation === 'delete' ? null : rowJson(collection, row),
      old: old === undefined ? null : rowJson(collection, old),
    }
  })
  if (entries.length > 0) await append(collection, entries)
}

function rowJson(collection: CollectionDefinition, row: Row): string {
  return JSON.stringify(encodeRow(collection, row))
}
