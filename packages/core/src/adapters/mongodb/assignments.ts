import type { Assignment } from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import { maxPrecision } from '../../schema/decimal.ts'
import { maxBigint, minBigint } from '../../schema/kinds.ts'
import { pathOf, type DocumentCode } from './documents.ts'
import type { Document } from './driver.ts'

interface ServerUpdate {
  readonly update: Document
  /** What has to be true of the document, so that nothing leaves its range and null stays null. */
  readonly guards: readonly Document[]
}

/**
 * What an update sets, in the server's operators. Without `row` no field that is increased may be
 * null; with it, the update is right for documents that are null in the same fields.
 */
export function assignmentsFor(
  code: DocumentCode,
  collection: CollectionDefinition,
  set: readonly Assignment[],
  row?: Row,
): ServerUpdate {
  const $set: Document = {}
  const $unset: Document = {}
  const $inc: Document = {}
  const guards: Document[] = []
  for (const { field, operation, value } of set) {
    const path = pathOf(collection, field)
    if (operation === 'set') {
      if (value === null) $unset[path] = ''
      else $set[path] = code.encode(field, value)
    } else if (row?.[field.name] === null) {
      guards.push({ [path]: { $eq: null } })
    } else {
      $inc[path] = code.encode(field, value)
      if (field.nullable) guards.push({ [path]: { $ne: null } })
      // Nobody counts so far, and a filter by the key alone is found faster.
      if (field.managed !== 'version') guards.push({ [path]: staysInRange(code, field, value) })
    }
  }
  const operators = { $set, $unset, $inc }
  const used = Object.entries(operators).filter(([, fields]) => Object.keys(fields).length > 0)
  return { update: used.length > 0 ? Object.fromEntries(used) : { $set: {} }, guards }
}

/** That a value may be increased by so much; the server itself knows other ranges than the kinds. */
function staysInRange(code: DocumentCode, field: FieldDefinition, difference: unknown): Document {
  switch (field.kind) {
    case 'bigint':
      return within(difference as bigint, minBigint, maxBigint)
    case 'decimal': {
      const largest = 10n ** BigInt(field.precision ?? maxPrecision) - 1n
      return within(code.encode(field, difference) as bigint, -largest, largest)
    }
    case 'float':
      return withinDoubles(difference as number)
    default:
      return within(
        BigInt(difference as number),
        BigInt(Number.MIN_SAFE_INTEGER),
        BigInt(Number.MAX_SAFE_INTEGER),
      )
  }
}

function within(difference: bigint, least: bigint, largest: bigint): Document {
  return difference > 0n ? { $lte: largest - difference } : { $gte: least - difference }
}

function withinDoubles(difference: number): Document {
  return difference > 0 ? { $lte: greatestFor(difference) } : { $gte: -greatestFor(-difference) }
}

/** The greatest double that can be increased by so much. A plain difference would be rounded. */
function greatestFor(difference: number): number {
  let fits = 0
  let overflows = Number.MAX_VALUE
  if (Number.isFinite(overflows + difference)) return overflows
  for (;;) {
    const middle = fits + (overflows - fits) / 2
    if (middle === fits || middle === overflows) return fits
    if (Number.isFinite(middle + difference)) fits = middle
    else overflows = middle
  }
}

/** Rows for which the same operators are right: what is null stays null, however it is increased. */
export function groupByNulls(set: readonly Assignment[], rows: readonly Row[]): Iterable<Row[]> {
  const increased = set.filter(({ operation }) => operation === 'increment')
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const nulls = increased.filter(({ field }) => row[field.name] === null)
    const key = nulls.map(({ field }) => field.name).join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups.values()
}
