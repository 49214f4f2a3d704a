import {
  type Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  sql,
  type RawBuilder,
  type SqlBool,
} from 'kysely'
import { textAfterPrefix } from '../../lib/text.ts'
import type { Test } from '../../query/ast.ts'
import type { FieldDefinition } from '../../schema/definition.ts'
import { kinds } from '../../schema/kinds.ts'
import type { Dialect, Slot, Tables } from '../sql/dialect.ts'
import { createCompiler, type KyselyParts } from '../sql/kysely-parts.ts'
import { compare, element, elements, listName, textType } from './expressions.ts'
import { jsonOperands, jsonTest, placeIsNull } from './json-tests.ts'
import { collations, columnType, encode, isText, rowCode, type Flavor } from './values.ts'

const kyselyParts: KyselyParts = {
  createAdapter: () => new MysqlAdapter(),
  createIntrospector: (db) => new MysqlIntrospector(db),
  createQueryCompiler: () => new MysqlQueryCompiler(),
}
export const kysely: Kysely<Tables> = createCompiler(kyselyParts)

/** As a literal of its type: a text would be parsed anew for each value. */
const epoch = sql`timestamp'1970-01-01 00:00:00'`

export function mysqlDialect(flavor: Flavor): Dialect {
  const collation = sql.raw(collations[flavor])
  return {
    kysely,
    kyselyParts,
    encode,
    rowCode,
    rowValues: false,
    locksRows: true,
    operands: (test) => (test.path === undefined ? fieldOperands(test) : jsonOperands(test)),
    test: (column, test, slots) =>
      test.path === undefined
        ? fieldTest(collation, column, test, slots)
        : jsonTest(collation, column, test, slots),
    isNull: (column, test, slots) =>
      test.path === undefined ? sql`${column} is null` : placeIsNull(column, test, slots),

    // Whole numbers that a double holds are sent as doubles, which cost less to read than a BigInt;
    // and times as milliseconds, which are less to send and to take apart than a text.
    read({ kind }, expression) {
      if (kind === 'int') return sql`${expression} + 0e0`
      if (kind !== 'timestamp') return expression
      return sql`(timestampdiff(microsecond, ${epoch}, ${expression}) div 1000) + 0e0`
    },

    // The engines' own order is the contract's: null is the smallest.
    order: ({ descending }, column) => (descending ? sql`${column} desc` : column),

    limit: (slot) => sql`${slot}`,
    noLimit: 2n ** 63n - 1n,

    increment: (field, column, slot) => sql`${column} + ${typed(field, slot)}`,

    // A sum of whole numbers or decimals is a decimal of up to 65 digits.
    wholeSum: (column) => [sql`cast(sum(${column}) as char)`],
    total: ([sum]) => BigInt((sum as string).replace('.', '')),
  }
}

/** Up to so many values of an `in` are bound one by one, which lets all statements use an index. */
const maxBound = 1_024

function fieldOperands({ field, operator, operand }: Test): readonly unknown[] {
  switch (operator) {
    case 'null':
      return []
    case 'in':
      return listOperands(field, operand as unknown[])
    case 'has': {
      const json = kinds[field.element!.kind].encode(operand as never, field.element!)
      return [typeof json === 'boolean' ? String(json) : json]
    }
    case 'startsWith':
      return prefixBounds(operand as string)
    default:
      return [encode(field, operand)]
  }
}

/** Filled up to a power of two above one, so that lists of all lengths are of a few shapes. */
function listOperands(field: FieldDefinition, values: readonly unknown[]): readonly unknown[] {
  const list = values.map((value) => encode(field, value))
  if (list.length > maxBound && field.kind !== 'float') {
    const items = list.map((item) => (Buffer.isBuffer(item) ? item.toString('hex') : String(item)))
    return [JSON.stringify(items)]
  }
  const length = 2 ** Math.max(1, Math.ceil(Math.log2(list.length)))
  return list.concat(Array<unknown>(length - list.length).fill(list[0]))
}

function prefixBounds(prefix: string): readonly string[] {
  const end = textAfterPrefix(prefix)
  return end === undefined ? [prefix] : [prefix, end]
}

function fieldTest(
  collation: RawBuilder<unknown>,
  column: RawBuilder<unknown>,
  { field, operator }: Test,
  slots: readonly Slot[],
): RawBuilder<SqlBool> {
  switch (operator) {
    case 'in':
      return slots.length === 1
        ? inJsonList(collation, column, field, slots[0]!)
        : sql`${column} in (${sql.join(slots.map((slot) => typed(field, slot)))})`
    case 'has': {
      const isNumber = field.element!.kind === 'int' || field.element!.kind === 'float'
      const type = isNumber ? sql`double` : textType('longtext', collation)
      return sql`exists (select 1 from ${elements(column, type)} where ${element} = ${slots[0]})`
    }
    default:
      return compare(
        column,
        operator,
        slots.map((slot) => typed(field, slot)),
      )
  }
}

/**
 * The list is a table of its own, which every row looks into by an index: an UPDATE or a DELETE
 * would read the whole of it for every row. Null, which NOT IN would stumble on, is what does not
 * fit the column, and so is in no row.
 */
function inJsonList(
  collation: RawBuilder<unknown>,
  column: RawBuilder<unknown>,
  field: FieldDefinition,
  slot: Slot,
): RawBuilder<SqlBool> {
  const isBytes = field.kind === 'bytes'
  const type = columnType(isBytes ? { ...field, kind: 'text' } : field)
  const stored = isText(field) || isBytes ? textType(type, collation) : sql.raw(type)
  const list = sql`select distinct ${element} from ${elements(slot, stored)} where ${element} is not null`
  // Of what UNHEX gives, a DISTINCT of MariaDB leaves empty values.
  const value = isBytes ? sql`unhex(${element})` : element
  return sql`${column} in (select ${value} from (${list}) as ${listName})`
}

/** A decimal is bound as a text, with which the engines would reckon in floating point. */
function typed({ kind, precision, scale }: FieldDefinition, slot: Slot): Slot {
  return kind === 'decimal'
    ? sql`cast(${slot} as ${sql.raw(`decimal(${precision}, ${scale})`)})`
    : slot
}
