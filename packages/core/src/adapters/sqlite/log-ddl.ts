import type { AdapterContext } from '../../contract/adapter.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  SchemaDefinition,
} from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { newGeneration } from '../positions.ts'
import { capturedBy } from '../sql/capture.ts'
import type { Catalog } from '../sql/ensure.ts'
import { readSchemas, recordSchema, tablesOfLater } from '../sql/schema-order.ts'
import { entryOf } from '../sql/trigger-name.ts'
import type { SqliteDatabase } from './driver.ts'
import { nowSql } from './values.ts'

/** The log. `row` and `old` are in the row codec; the last columns wait for entries from elsewhere. */
const log = `create table wherry_log (
  seq integer primary key autoincrement, collection text not null, operation text not null,
  key text not null, version integer, row text, old text, schema_hash text not null,
  at integer not null, actor text, mutation_id text, hlc text, origin text, origin_seq integer,
  term integer) strict`

/** The mutations that have happened, with their results as JSON, for as long as they are kept. */
const idempotency = `create table wherry_idempotency (
  mutation_id text primary key, actor text, result text, expires integer not null) strict`

const objects: Readonly<Record<string, string>> = {
  wherry_generation: `create table wherry_generation (id text primary key) strict`,
  wherry_schema: `create table wherry_schema (
    number integer primary key, hash text not null unique) strict`,
  wherry_log: log,
  // Partial, so that entries of this database, which have no origin, do not pay for it.
  wherry_log_origin: `create unique index wherry_log_origin on wherry_log (origin, origin_seq)
    where origin is not null`,
  wherry_cursor: `create table wherry_cursor (
    target text primary key, position text not null, lease_until integer not null) strict`,
  wherry_idempotency: idempotency,
  wherry_idempotency_expires: `create index wherry_idempotency_expires
    on wherry_idempotency (expires)`,
}

/** What the log and the triggers that write it still lack; those of earlier schemas are replaced. */
export function missingLog(
  db: SqliteDatabase,
  context: Pick<AdapterContext, 'schema' | 'runtime' | 'log'>,
  catalog: Catalog,
): string[] {
  const { schema, runtime } = context
  const stored = readStored(db)
  const missing = Object.keys(objects).filter((name) => !stored.has(name))
  const found = Array.from(stored.values())
    .filter(({ name }) => name.startsWith('wherry_'))
    .map(({ table, sql }) => ({ table, text: sql ?? '' }))
  const recorded = stored.has('wherry_schema')
    ? (db.prepare(readSchemas).all() as { hash: string }[]).map(({ hash }) => hash)
    : []
  const later = tablesOfLater(schema.hash, recorded, found, catalog)
  const begins = missing.includes('wherry_log') || missing.includes('wherry_generation')
  const stale = Array.from(capturedBy(context, 'triggers'))
    .flatMap((collection) => triggers(schema, collection))
    .filter(({ name, sql }) => {
      const there = stored.get(name)
      return there === undefined || !(later.has(there.table) || isSame(there.sql, sql))
    })
    .flatMap(({ name, sql }) => [`drop trigger if exists "${name}"`, sql])
  const surplus = wronglyCaptured(db, context)
    .filter((table) => !later.has(table))
    .flatMap((table) =>
      events.map((event) => `drop trigger if exists "${triggerName(table, event)}"`),
    )
  return [
    ...missing.map((name) => objects[name]!),
    ...(begins ? begin(runtime) : []),
    ...recordSchema(schema.hash, recorded, found),
    ...stale,
    ...surplus,
  ]
}

/** The tables that have a trigger of ours, and should have none. */
export function wronglyCaptured(
  db: SqliteDatabase,
  context: Pick<AdapterContext, 'schema' | 'log'>,
): string[] {
  const stored = readStored(db)
  const others = captured(context, 'triggers', 'service', 'off')
  return Array.from(others, ({ table }) => table).filter((table) =>
    events.some((event) => stored.has(triggerName(table, event))),
  )
}

/** Numbers that begin anew are those of another log. */
function begin(runtime: Runtime): string[] {
  return [
    'delete from wherry_generation',
    `insert into wherry_generation values ('${newGeneration(runtime)}')`,
  ]
}

/**
 * The tables that are there and lack a trigger, of whatever schema, that writes entries of their
 * collections: a later schema may name them otherwise.
 */
export function uncaptured(
  db: SqliteDatabase,
  context: Pick<AdapterContext, 'schema' | 'log'>,
): string[] {
  const stored = readStored(db)
  const writes = (collection: CollectionDefinition, event: string) =>
    stored.get(triggerName(collection.table, event))?.sql?.includes(entryOf(collection, event))
  return Array.from(capturedBy(context, 'triggers'))
    .filter((each) => stored.has(each.table) && !events.every((event) => writes(each, event)))
    .map(({ table }) => table)
}

interface Stored {
  readonly name: string
  readonly table: string
  readonly sql: string | null
}

function readStored(db: SqliteDatabase): ReadonlyMap<string, Stored> {
  const rows = db.prepare('select name, tbl_name as "table", sql from sqlite_schema').all()
  return new Map((rows as Stored[]).map((each) => [each.name, each]))
}

/** SQLite keeps the text of a trigger as it was given, but for its first two words. */
function isSame(stored: string | null, sql: string): boolean {
  const words = 'create trigger'.length
  return stored?.slice(words) === sql.slice(words)
}

function triggers(schema: SchemaDefinition, collection: CollectionDefinition): Trigger[] {
  const { key, fieldList } = collection
  const sameKey = key.map((field) => `${old(field)} is ${inserted(field)}`).join(' and ')
  const updated = (field: FieldDefinition) => counted(collection, field)
  const add = (operation: string, row: Read | null, before: Read | null, where = 'true') => {
    const read = row ?? before!
    const rowOf = (from: Read | null) => (from === null ? 'null' : rowJson(fieldList, from))
    const version = collection.version === undefined ? 'null' : read(collection.version)
    return `insert into wherry_log (collection, operation, key, version, row, old, schema_hash, at)
      select ${entryOf(collection, operation)}, ${keyJson(key, read)}, ${version},
      ${rowOf(row)}, ${rowOf(before)}, '${schema.hash}', ${nowSql} where ${where}`
  }
  return [
    trigger(collection, 'insert', [add('insert', inserted, null)]),
    trigger(collection, 'delete', [add('delete', null, old)]),
    trigger(collection, 'update', [
      add('update', updated, old, [sameKey, ...notCounting(collection)].join(' and ')),
      // A row whose key changed is another row.
      add('delete', null, old, `not (${sameKey})`),
      add('insert', updated, null, `not (${sameKey})`),
      ...countStranger(collection),
    ]),
  ]
}

const events = ['insert', 'update', 'delete'] as const

function triggerName(table: string, event: string): string {
  return `wherry_${table}_${event}`
}

interface Trigger {
  readonly name: string
  readonly sql: string
}

function trigger({ table }: CollectionDefinition, event: string, body: string[]): Trigger {
  const name = triggerName(table, event)
  const sql = `create trigger "${name}" after ${event} on "${table}" begin ${body.join('; ')}; end`
  return { name, sql }
}

/** The expression that reads a field of a row in a trigger. Names are of letters and digits. */
type Read = (field: FieldDefinition) => string
const old: Read = ({ column }) => `old."${column}"`
const inserted: Read = ({ column }) => `new."${column}"`

/**
 * An update that left the version as it was is a stranger's, for which the trigger counts. Where a
 * connection has asked for recursive triggers, its own update fires it again.
 */
function countStranger(collection: CollectionDefinition): string[] {
  const { table, key, version, fieldList } = collection
  const fields = fieldList.filter((field) => counted(collection, field) !== inserted(field))
  if (fields.length === 0) return []
  const value = (expression: string) => ofTheRow(table, expression)
  const set = fields.map((field) => `"${field.column}" = ${value(counted(collection, field))}`)
  const where = key.map((field) => `"${field.column}" = ${value(inserted(field))}`)
  where.push(value(isStranger(version!)))
  return [`update "${table}" set ${set.join()} where ${where.join(' and ')}`]
}

/**
 * In an update of a table called new or old, `new.` or `old.` would mean that table; in a query of
 * its own, that reads no table, it means the row.
 */
function ofTheRow(table: string, expression: string): string {
  return /^(?:new|old)$/i.test(table) ? `(select ${expression})` : expression
}

/** The condition that an update is not the trigger's own, which the entry before it has counted already. */
function notCounting({ name, key, version }: CollectionDefinition): string[] {
  if (version === undefined) return []
  return [
    `(${isStranger(version)} or not exists (select 1 from wherry_log
      where seq = (select max(seq) from wherry_log) and collection = '${name}'
      and version = ${inserted(version)} and key = ${keyJson(key, inserted)}))`,
  ]
}

function isStranger(version: FieldDefinition): string {
  return `${inserted(version)} = ${old(version)}`
}

/** A field of an updated row, as it is once a stranger's change has been counted. */
function counted({ version }: CollectionDefinition, field: FieldDefinition): string {
  const value = inserted(field)
  if (version === undefined) return value
  if (field === version) return `(${value} + (${isStranger(version)}))`
  if (field.managed !== 'updatedAt') return value
  return `iif(${isStranger(version)} and ${value} = ${old(field)}, ${nowSql}, ${value})`
}

/** The row codec in SQL. */
function rowJson(fields: readonly FieldDefinition[], read: Read): string {
  const members = fields.map((field, index) => {
    const name = `'${index === 0 ? '{' : ','}"${field.name}":'`
    return `${name} || ${valueJson(field, read(field))}`
  })
  return `${joined(members)} || '}'`
}

function keyJson(key: readonly FieldDefinition[], read: Read): string {
  const values = key.map((field) => valueJson(field, read(field)))
  return `'[' || ${values.join(` || ',' || `)} || ']'`
}

/** As text, since functions take a limited number of arguments; and halved, since depth is limited. */
function joined(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!
  const middle = texts.length >> 1
  return `(${joined(texts.slice(0, middle))}) || (${joined(texts.slice(middle))})`
}

function valueJson(field: FieldDefinition, value: string): string {
  const json = presentJson(field, value)
  return field.nullable ? `iif(${value} is null, 'null', ${json})` : json
}

function presentJson({ kind, scale = 0 }: FieldDefinition, value: string): string {
  switch (kind) {
    case 'boolean':
      return `iif(${value} = 1, 'true', 'false')`
    case 'float':
      // json_quote() rounds in old versions; so many digits are exact in all of them.
      return `printf('%!.20g', ${value})`
    case 'bigint':
      return `'"' || ${value} || '"'`
    case 'decimal':
      return `'"' || ${decimalText(value, scale)} || '"'`
    case 'timestamp':
      return `strftime('"%Y-%m-%dT%H:%M:%fZ"', ${value} / 1000.0, 'unixepoch')`
    case 'bytes':
      return `'"' || lower(hex(${value})) || '"'`
    case 'json':
    case 'array':
      return value
    default:
      return `json_quote(${value})`
  }
}

function decimalText(scaled: string, scale: number): string {
  if (scale === 0) return scaled
  const unit = 10n ** BigInt(scale)
  return `printf('%s%d.%0${scale}d', iif(${scaled} < 0, '-', ''), abs(${scaled} / ${unit}), abs(${scaled} % ${unit}))`
}
