import { sql, type RawBuilder } from 'kysely'
import type { FieldDefinition } from '../../schema/definition.ts'
import type { DdlDialect } from '../sql/ddl.ts'
import { checkName } from '../sql/kind-name.ts'
import { columnType, postgresDialect } from './dialect.ts'
import { encode } from './values.ts'

/** The longest name that PostgreSQL does not cut. */
export const longestName = 63

export const postgresDdl: DdlDialect = {
  kysely: postgresDialect.kysely,
  columnType: (field) => sql.raw(columnType(field)),
  check(field) {
    const holds = kindCheck(field)
    return holds && { name: checkName(field, longestName), holds }
  },
  literal: (field, value) => literal(encode(field, value)),
  now: sql`now()`,
  addedNow: (nowMs) => sql.lit(new Date(nowMs).toISOString()),
  // Null is the smallest, and an index serves an order only if it agrees.
  indexColumn: ({ column, nullable }) =>
    nullable ? sql`${sql.ref(column)} asc nulls first` : sql.ref(column),
  altersDefaults: true,
  references: 'afterwards',
}

/** What keeps a column within its kind's range: increments happen here, and others write too. */
function kindCheck(field: FieldDefinition): RawBuilder<unknown> | undefined {
  const column = sql.ref(field.column)
  switch (field.kind) {
    case 'int':
      return sql`${column} between -9007199254740991 and 9007199254740991`
    case 'float':
      // NaN is greater than all numbers here.
      return sql`${column} between -1.7976931348623157e308 and 1.7976931348623157e308`
    case 'decimal':
      return sql`${column} <> 'NaN'`
    case 'timestamp':
      return sql`${column} >= '0001-01-01 00:00:00+00' and ${column} < '10000-01-01 00:00:00+00'`
    case 'date':
      return sql`${column} between '0001-01-01' and '9999-12-31'`
    case 'array':
      return sql`jsonb_typeof(${column}) = 'array'`
    default:
      return undefined
  }
}

function literal(value: unknown): RawBuilder<unknown> {
  if (value instanceof Uint8Array) return sql.raw(`'\\x${Buffer.from(value).toString('hex')}'`)
  return sql.lit(value)
}
