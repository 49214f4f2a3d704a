import {
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Expression,
  type RawBuilder,
  type SqlBool,
} from 'kysely'
import { textAfterPrefix } from '../../lib/text.ts'
import type { Test } from '../../query/ast.ts'
import type { Dialect, Slot } from '../sql/dialect.ts'
import { createCompiler, type KyselyParts } from '../sql/kysely-parts.ts'
import { jsonType } from '../sql/shape.ts'
import { encode, encodeElement, encodeList, readsAsText, rowCode } from './values.ts'

export const kyselyParts: KyselyParts = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}
const kysely = createCompiler(kyselyParts)

export const sqliteDialect: Dialect = {
  kysely,
  kyselyParts,
  encode,
  rowCode,
  rowValues: true,
  locksRows: false,
  operands: (test) => (test.path === undefined ? fieldOperands(test) : jsonOperands(test)),
  test: (column, test, slots) =>
    test.path === undefined ? fieldTest(column, test, slots) : jsonTest(column, test, slots),

  isNull: (column, test, [path]) =>
    test.path === undefined
      ? sql`${column} is null`
      : sql`coalesce(json_type(${column}, ${path}), 'null') = 'null'`,

  // better-sqlite3 rounds integers above 2^53, so those travel as text.
  read: (field, expression) => (readsAsText(field) ? sql`cast(${expression} as text)` : expression),

  // SQLite's own order is the contract's: null is the smallest.
  order: ({ descending }, column) => (descending ? sql`${column} desc` : column),

  // SQLite plans a statement anew each time another value is bound to a bare parameter here.
  limit: (slot) => sql`0 + ${slot}`,
  noLimit: -1,

  increment(field, column, slot) {
    const sum = sql`${column} + ${slot}`
    if (field.kind !== 'bigint') return sum
    // Beyond 64 bits SQLite goes on in floating point; a text in an integer column is refused.
    return sql`case when typeof(${sum}) = 'real' then 'out of range' else ${sum} end`
  },

  // Half-words cannot overflow below 2^31 rows, and their exact total is high * 2^32 + low.
  wholeSum: (column) => [
    sql`cast(sum(${column} >> 32) as text)`,
    sql`cast(sum(${column} & 4294967295) as text)`,
  ],
  total: ([high, low]) => BigInt(high as string) * 2n ** 32n + BigInt(low as string),
}

function fieldOperands({ field, operator, operand }: Test): readonly unknown[] {
  switch (operator) {
    case 'null':
      return []
    case 'in':
      return encodeList(field, operand as unknown[])
    case 'has':
      return [encodeElement(field.element!, operand)]
    case 'startsWith':
      return prefixBounds(operand as string)
    default:
      return [encode(field, operand)]
  }
}

function prefixBounds(prefix: string): readonly string[] {
  const end = textAfterPrefix(prefix)
  return end === undefined ? [prefix] : [prefix, end]
}

function fieldTest(
  column: RawBuilder<unknown>,
  { field, operator }: Test,
  slots: readonly Slot[],
): RawBuilder<SqlBool> {
  switch (operator) {
    case 'in':
      if (field.kind === 'float') return sql`${column} in (${sql.join(slots)})`
      return field.kind === 'bytes'
        ? sql`${column} in (select unhex(value) from json_each(${slots[0]}))`
        : sql`${column} in (select value from json_each(${slots[0]}))`
    case 'has': {
      // No table is named '0'. A whole number in JSON may stand for a double: see jsonTest.
      const element = sql`"0".value`
      const value = field.element!.kind === 'float' ? sql`cast(${element} as real)` : element
      return sql`exists (select 1 from json_each(${column}) as "0" where ${value} = ${slots[0]})`
    }
    default:
      return compare(column, operator, slots)
  }
}

function compare(
  value: Expression<unknown>,
  operator: Test['operator'],
  [slot, end]: readonly Slot[],
): RawBuilder<SqlBool> {
  switch (operator) {
    case 'eq':
      return sql`${value} = ${slot}`
    case 'gt':
      return sql`${value} > ${slot}`
    case 'gte':
      return sql`${value} >= ${slot}`
    case 'lt':
      return sql`${value} < ${slot}`
    case 'lte':
      return sql`${value} <= ${slot}`
    case 'contains':
      return sql`instr(${value}, ${slot}) > 0`
    case 'startsWith':
      return end === undefined
        ? sql`${value} >= ${slot}`
        : sql`(${value} >= ${slot} and ${value} < ${end})`
    case 'endsWith':
      return sql`substr(${value}, -length(${slot})) = ${slot}`
    case 'in':
    case 'has':
    case 'null':
      throw new Error(`${operator} is no comparison with one value`)
  }
}

function jsonOperands({ path, operator, operand }: Test): readonly unknown[] {
  const place = `$${path!.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`)).join('')}`
  switch (operator) {
    case 'null':
      return [place]
    case 'startsWith':
      return [place, ...prefixBounds(operand as string)]
    case 'in':
      // Numbers are bound one by one: a number written as JSON might not come back the same.
      return [place, ...(operand as unknown[]).map(jsonOperand)]
    default:
      return [place, jsonOperand(operand)]
  }
}

function jsonOperand(operand: unknown): unknown {
  return typeof operand === 'boolean' ? String(operand) : operand
}

function jsonTest(
  column: RawBuilder<unknown>,
  test: Test,
  [path, ...slots]: readonly Slot[],
): RawBuilder<SqlBool> {
  const type = sql`json_type(${column}, ${path})`
  const value = sql`json_extract(${column}, ${path})`
  const holds = (of: Expression<unknown>) =>
    test.operator === 'in'
      ? sql<SqlBool>`${of} in (${sql.join(slots)})`
      : compare(of, test.operator, slots)
  switch (jsonType(test)) {
    case 'boolean':
      return holds(type)
    case 'number':
      // JavaScript writes a double above 2^53 with fewer digits than the whole number it stands for.
      return sql`(${type} in ('integer', 'real') and ${holds(sql`cast(${value} as real)`)})`
    default:
      return sql`(${type} = 'text' and ${holds(value)})`
  }
}
