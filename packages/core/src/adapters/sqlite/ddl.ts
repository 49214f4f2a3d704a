import { sql, type RawBuilder } from 'kysely'
import type { SchemaDefinition } from '../../schema/definition.ts'
import { addStatements, type DdlDialect } from '../sql/ddl.ts'
import { cannotAdd, type Missing } from '../sql/ensure.ts'
import { checkName } from '../sql/kind-name.ts'
import { sqliteDialect } from './dialect.ts'
import type { SqliteDatabase } from './driver.ts'
import { sqliteCode } from './errors.ts'
import { kindCheck } from './kind-checks.ts'
import { columnTypes, encode, nowSql } from './values.ts'

const ddl: DdlDialect = {
  kysely: sqliteDialect.kysely,
  columnType: ({ kind }) => sql.raw(columnTypes[kind]),
  check(field) {
    const holds = kindCheck(field)
    return holds && { name: checkName(field), holds }
  },
  literal: (field, value) => literal(encode(field, value)),
  now: sql.raw(`(${nowSql})`),
  // SQLite adds a column only with a default that is a constant.
  addedNow: (nowMs) => sql.lit(nowMs),
  indexColumn: ({ column }) => sql.ref(column),
  tableEnd: sql`strict`,
  altersDefaults: false,
  references: 'with columns',
}

/** Adds what is missing; what is there already may be in the way. */
export function addMissing(
  db: SqliteDatabase,
  schema: SchemaDefinition,
  missing: readonly Missing[],
  nowMs: number,
): void {
  for (const statement of addStatements(ddl, schema, missing, nowMs)) {
    try {
      db.exec(statement.sql)
    } catch (error) {
      const code = sqliteCode(error)
      const refused = code === 'SQLITE_ERROR' || code?.startsWith('SQLITE_CONSTRAINT')
      throw refused ? cannotAdd(statement.missing, error as Error) : error
    }
  }
}

function literal(value: unknown): RawBuilder<unknown> {
  if (value instanceof Uint8Array) return sql.raw(`x'${Buffer.from(value).toString('hex')}'`)
  return typeof value === 'bigint' ? sql.raw(String(value)) : sql.lit(value)
}
