import { sql, type ColumnDefinitionBuilder, type RawBuilder } from 'kysely'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  SchemaDefinition,
} from '../../schema/definition.ts'
import { cannotAdd, indexName, type Missing } from '../sql/ensure.ts'
import { sqliteDialect } from './dialect.ts'
import type { SqliteDatabase } from './driver.ts'
import { sqliteCode } from './errors.ts'
import { checkName, kindCheck } from './kind-checks.ts'
import { columnTypes, encode, nowSql } from './values.ts'

const { kysely } = sqliteDialect

/**
 * Adds what is missing; what is there already may be in the way. `nowMs` is what rows that exist
 * get as their times.
 */
export function addMissing(
  db: SqliteDatabase,
  schema: SchemaDefinition,
  missing: Missing,
  nowMs: number,
): void {
  try {
    db.exec(statementFor(schema, missing, nowMs))
  } catch (error) {
    const code = sqliteCode(error)
    const refused = code === 'SQLITE_ERROR' || code?.startsWith('SQLITE_CONSTRAINT')
    throw refused ? cannotAdd(missing, error as Error) : error
  }
}

function statementFor(schema: SchemaDefinition, missing: Missing, nowMs: number): string {
  switch (missing.kind) {
    case 'table':
      return createTable(schema, missing.collection)
    case 'column':
      return addColumn(schema, missing.collection, missing.field, nowMs)
    case 'index':
      return createIndex(missing.collection, missing.index)
  }
}

function createTable(schema: SchemaDefinition, collection: CollectionDefinition): string {
  let table = kysely.schema.createTable(collection.table)
  for (const field of collection.fieldList) {
    table = table.addColumn(field.column, columnType(field), (column) =>
      describe(schema, field, column, tableDefault(field)),
    )
  }
  const key = collection.key.map(({ column }) => column)
  return table
    .addPrimaryKeyConstraint(`${collection.table}_key`, key as never)
    .modifyEnd(sql`strict`)
    .compile().sql
}

function addColumn(
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  field: FieldDefinition,
  nowMs: number,
): string {
  // SQLite adds a column only with a default that is a constant, so this one is.
  const value =
    field.managed === undefined || field.managed === 'version'
      ? tableDefault(field)
      : sql.lit(nowMs)
  return kysely.schema
    .alterTable(collection.table)
    .addColumn(field.column, columnType(field), (column) => describe(schema, field, column, value))
    .compile().sql
}

function createIndex(collection: CollectionDefinition, index: IndexDefinition): string {
  const created = kysely.schema
    .createIndex(indexName(collection, index))
    .on(collection.table)
    .columns(index.fields.map(({ column }) => column))
  return (index.unique ? created.unique() : created).compile().sql
}

function columnType(field: FieldDefinition): RawBuilder<unknown> {
  return sql.raw(columnTypes[field.kind])
}

function describe(
  schema: SchemaDefinition,
  field: FieldDefinition,
  column: ColumnDefinitionBuilder,
  defaultValue: RawBuilder<unknown> | undefined,
): ColumnDefinitionBuilder {
  let described = field.nullable ? column : column.notNull()
  if (defaultValue !== undefined) described = described.defaultTo(defaultValue)
  const check = kindCheck(field)
  if (check !== undefined) {
    described = described.modifyEnd(sql`constraint ${sql.id(checkName(field))} check (${check})`)
  }
  const target = field.ref === undefined ? undefined : schema.collections.get(field.ref)!
  return target === undefined
    ? described
    : described.references(`${target.table}.${target.key[0]!.column}`)
}

/** The default that rows of other programs get. */
function tableDefault(field: FieldDefinition): RawBuilder<unknown> | undefined {
  if (field.managed === 'version') return sql.lit(1)
  if (field.managed !== undefined) return sql.raw(`(${nowSql})`)
  if (field.constantDefault === undefined) return undefined
  return literal(encode(field, field.constantDefault))
}

function literal(value: unknown): RawBuilder<unknown> {
  if (value instanceof Uint8Array) return sql.raw(`x'${Buffer.from(value).toString('hex')}'`)
  return typeof value === 'bigint' ? sql.raw(String(value)) : sql.lit(value)
}
