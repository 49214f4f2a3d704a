import { sql, type ColumnDefinitionBuilder, type RawBuilder } from 'kysely'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  SchemaDefinition,
} from '../../schema/definition.ts'
import type { Missing } from '../sql/ensure.ts'
import { sqliteDialect } from './dialect.ts'
import { rangePrefix } from './errors.ts'
import { columnTypes, encode } from './values.ts'

const { kysely } = sqliteDialect

/** The statement that adds what is missing. `nowMs` is what rows that exist get as their times. */
export function addMissing(schema: SchemaDefinition, missing: Missing, nowMs: number): string {
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

function createIndex(
  collection: CollectionDefinition,
  { fields, unique }: IndexDefinition,
): string {
  const columns = fields.map(({ column }) => column)
  const name = `${collection.table}_${columns.join('_')}_${unique ? 'unique' : 'index'}`
  const index = kysely.schema.createIndex(name).on(collection.table).columns(columns)
  return (unique ? index.unique() : index).compile().sql
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
  const range = rangeOf(field)
  if (range !== undefined) {
    described = described.modifyEnd(
      sql`constraint ${sql.ref(rangePrefix + field.column)} check (${range})`,
    )
  }
  const target = field.ref === undefined ? undefined : schema.collections.get(field.ref)!
  return target === undefined
    ? described
    : described.references(`${target.table}.${target.key[0]!.column}`)
}

/** The default that rows of other programs get. */
function tableDefault(field: FieldDefinition): RawBuilder<unknown> | undefined {
  if (field.managed === 'version') return sql.lit(1)
  if (field.managed !== undefined) return sql`(cast(unixepoch('subsec') * 1000 as integer))`
  if (field.constantDefault === undefined) return undefined
  return literal(encode(field, field.constantDefault))
}

function literal(value: unknown): RawBuilder<unknown> {
  if (value instanceof Uint8Array) return sql.raw(`x'${Buffer.from(value).toString('hex')}'`)
  return typeof value === 'bigint' ? sql.raw(String(value)) : sql.lit(value)
}

/**
 * What keeps a column within its kind's range where the column type alone does not: increments
 * happen in the engine, and other programs write too.
 */
function rangeOf(field: FieldDefinition): RawBuilder<unknown> | undefined {
  const column = sql.ref(field.column)
  switch (field.kind) {
    case 'int':
      return sql`${column} between -9007199254740991 and 9007199254740991`
    case 'decimal': {
      const most = sql.raw('9'.repeat(field.precision ?? 18))
      return sql`${column} between -${most} and ${most}`
    }
    case 'float':
      return sql`abs(${column}) <= 1.7976931348623157e308`
    case 'boolean':
      return sql`${column} in (0, 1)`
    case 'timestamp':
      return sql`${column} between -62135596800000 and 253402300799999`
    case 'json':
    case 'array':
      return sql`json_valid(${column})`
    default:
      return undefined
  }
}
