import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type RawBuilder,
  type SqlBool,
} from 'kysely'
import { textAfterPrefix } from '../../lib/text.ts'
import type { Test } from '../../query/ast.ts'
import type { FieldDefinition } from '../../schema/definition.ts'
import { kinds } from '../../schema/kinds.ts'
import type { Dialect, Slot } from '../sql/dialect.ts'
import { createCompiler, type KyselyParts } from '../sql/kysely-parts.ts'
import { jsonType } from '../sql/shape.ts'
import { arrayLiteral, columnTypes, encode, rowCode } from './values.ts'

const kyselyParts: KyselyParts = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}
const kysely = createCompiler(kyselyParts)

export const postgresDialect: Dialect = {
  kysely,
  kyselyParts,
  encode,
  rowCode,
  rowValues: true,
  locksRows: true,
  operands: (test) => (test.path === undefined ? fieldOperands(test) : jsonOperands(test)),
  test: (column, test, slots) =>
    test.path === undefined ? fieldTest(column, test, slots) : jsonTest(column, test, slots),

  isNull: (column, test, [path]) =>
    test.path === undefined
      ? sql`${column} is null`
      : sql`coalesce(jsonb_typeof(${at(column, path!)}), 'null') = 'null'`,

  read: (_, expression) => expression,

  order({ field, descending }, column) {
    if (!field.nullable) return descending ? sql`${column} desc` : column
    return descending ? sql`${column} desc nulls last` : sql`${column} asc nulls first`
  },

  limit: (slot) => sql`${slot}`,
  noLimit: null,

  increment: (field, column, slot) => sql`${column} + ${slot}::${sql.raw(columnTypes[field.kind])}`,

  // A sum of bigint is a numeric, which has room for all of it.
  wholeSum: (column) => [sql`sum(${column})`],
  total: ([sum]) => BigInt((sum as string).replace('.', '')),
}

function fieldOperands({ field, operator, operand }: Test): readonly unknown[] {
  switch (operator) {
    case 'null':
      return []
    case 'in':
      return [
        arrayLiteral(
          field.kind,
          (operand as unknown[]).map((value) => encode(field, value)),
        ),
      ]
    case 'has': {
      const element = field.element!
      return [JSON.stringify([kinds[element.kind].encode(operand as never, element)])]
    }
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
  if (operator === 'has') return sql`${column} @> ${slots[0]}::jsonb`
  return compare(column, operator, slots, columnTypes[field.kind])
}

/** Both sides of one type, which is said because a bare parameter has none. */
function compare(
  value: RawBuilder<unknown>,
  operator: Test['operator'],
  [slot, end]: readonly Slot[],
  type: string,
): RawBuilder<SqlBool> {
  const bound = sql`${slot}::${sql.raw(type)}`
  switch (operator) {
    case 'eq':
      return sql`${value} = ${bound}`
    case 'in':
      return sql`${value} = any(${slot}::${sql.raw(type)}[])`
    case 'gt':
      return sql`${value} > ${bound}`
    case 'gte':
      return sql`${value} >= ${bound}`
    case 'lt':
      return sql`${value} < ${bound}`
    case 'lte':
      return sql`${value} <= ${bound}`
    case 'contains':
      return sql`strpos(${value}, ${bound}) > 0`
    case 'startsWith':
      return end === undefined
        ? sql`${value} >= ${bound}`
        : sql`(${value} >= ${bound} and ${value} < ${end}::text)`
    case 'endsWith':
      return sql`right(${value}, length(${bound})) = ${bound}`
    case 'has':
    case 'null':
      throw new Error(`${operator} is no comparison with one value`)
  }
}

/**
 * A path in strict mode, which finds `[0]` in arrays only and keys in objects only; what is not
 * there is null, and no error.
 */
function at(column: RawBuilder<unknown>, path: Slot): RawBuilder<unknown> {
  return sql`jsonb_path_query_first(${column}, ${path}::jsonpath, '{}', true)`
}

function jsonOperands({ path, operator, operand }: Test): readonly unknown[] {
  const steps = path!.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(step)}`,
  )
  const place = `strict $${steps.join('')}`
  switch (operator) {
    case 'null':
      return [place]
    case 'startsWith':
      return [place, ...prefixBounds(operand as string)]
    case 'in':
      return [place, arrayLiteral('text', (operand as unknown[]).map(String))]
    default:
      return [place, String(operand)]
  }
}

/** A value of another type is null here, and null matches nothing. */
function jsonTest(
  column: RawBuilder<unknown>,
  test: Test,
  [path, ...slots]: readonly Slot[],
): RawBuilder<SqlBool> {
  const value = at(column, path!)
  const scalar = (type: string) =>
    sql`(case when jsonb_typeof(${value}) = ${sql.lit(type)} then ${value} #>> '{}' end)`
  const isSo = (holds: RawBuilder<SqlBool>) => sql<SqlBool>`coalesce(${holds}, false)`
  switch (jsonType(test)) {
    case 'boolean':
      return isSo(compare(scalar('boolean'), test.operator, slots, 'text'))
    case 'number':
      // As JavaScript compares numbers: as doubles, however they are written.
      return isSo(compare(sql`${scalar('number')}::float8`, test.operator, slots, 'float8'))
    default:
      return isSo(compare(sql`${scalar('string')} collate "C"`, test.operator, slots, 'text'))
  }
}

/** A column's whole type, as in its definition. */
export function columnType(field: FieldDefinition): string {
  const type = columnTypes[field.kind]
  if (type === 'text') return 'text collate "C"'
  return field.kind === 'decimal' ? `numeric(${field.precision}, ${field.scale})` : type
}
