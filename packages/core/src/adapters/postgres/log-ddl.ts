import type { AdapterContext } from '../../contract/adapter.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  SchemaDefinition,
} from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { newGeneration } from '../positions.ts'
import { capturedBy } from '../sql/capture.ts'
import type { Catalog } from '../sql/ensure.ts'
import { recordSchema, tablesOfLater } from '../sql/schema-order.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { readPresent, readRecorded, type Present } from '../sql/server/present.ts'
import { entryOf, triggerName } from '../sql/trigger-name.ts'

/** The channel on which writers say that there is something to read. */
export const channel = 'wherry_log'

/**
 * What the log consists of. `row` and `old` are in the row codec; `xid` is the transaction that
 * wrote the entry, by which readers tell what they have not seen; `pruned` is the greatest xid of
 * what has been removed; the last columns wait for entries from elsewhere.
 */
const tables: Readonly<Record<string, string>> = {
  wherry_generation: `create table wherry_generation (
    id text primary key, pruned xid8 not null default '0')`,
  wherry_schema: `create table wherry_schema (
    number bigint generated always as identity primary key, hash text not null unique)`,
  wherry_log: `create table wherry_log (
    seq bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    collection text not null, operation text not null, key json, version bigint,
    "row" json, old json, schema_hash text not null,
    at timestamp(3) with time zone not null default clock_timestamp(),
    actor text default nullif(current_setting('wherry.actor', true), ''),
    mutation_id text default nullif(current_setting('wherry.mutation', true), ''),
    hlc text, origin text, origin_seq bigint, term bigint)`,
  wherry_cursor: `create table wherry_cursor (
    target text primary key, position text not null,
    lease_until timestamp with time zone not null)`,
  wherry_idempotency: `create table wherry_idempotency (
    mutation_id text primary key, actor text, result text, expires bigint not null)`,
}

/** Where one of these is missing, a log begins. */
const ofTheLog: ReadonlySet<string> = new Set(['wherry_generation', 'wherry_log'])

const indexes: Readonly<Record<string, string>> = {
  wherry_log_xid: 'create index wherry_log_xid on wherry_log (xid)',
  wherry_log_origin: `create unique index wherry_log_origin on wherry_log (origin, origin_seq)
    where origin is not null`,
  wherry_idempotency_expires: `create index wherry_idempotency_expires
    on wherry_idempotency (expires)`,
}

/**
 * NOTIFY makes commits wait for each other, so one goes out only where no other transaction's is on
 * its way, and no reader that looks by itself holds the lock; who reads looks again until all is quiet.
 */
const notifyBody = `begin
  if pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('${channel}')) then
    perform pg_catalog.pg_notify('${channel}', '');
  end if;
  return null; end`

/** As text, for a union of names is one, and is cut as names are. */
const present = `
select relname::text, null, null from pg_class where relnamespace = current_schema()::regnamespace
union all
select tgname || ' on ' || c.relname, p.prosrc, c.relname::text from pg_trigger t
join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
where c.relnamespace = current_schema()::regnamespace and t.tgenabled in ('O', 'A')`

/** Temporary tables come last: else who has one of the log's name would have it written instead. */
const searchPath = `select quote_ident(current_schema()) || ', pg_temp'`

/** What the log and the triggers that write it still lack; those of earlier schemas are replaced. */
export async function missingLog(
  connection: SqlConnection,
  context: Pick<AdapterContext, 'schema' | 'runtime' | 'log'>,
  catalog: Catalog,
): Promise<string[]> {
  const { schema, runtime } = context
  const there = await readPresent(connection, present)
  const recorded = await readRecorded(connection, there)
  const later = tablesOfLater(schema.hash, recorded, there.triggers, catalog)
  const [[path]] = (await connection.run({ sql: searchPath })).rows as [[string]]
  const lacking = (objects: Readonly<Record<string, string>>) =>
    Object.keys(objects).filter((name) => !there.bodies.has(name))
  const begins = lacking(tables).some((name) => ofTheLog.has(name))
  const byTriggers = capturedBy(context, 'triggers')
  // Where no trigger may be made, the service itself notifies.
  const triggers = byTriggers.size === 0 ? [] : [notifier(), ...logTriggers(schema, byTriggers)]
  return [
    ...lacking(tables).map((name) => tables[name]!),
    ...lacking(indexes).map((name) => indexes[name]!),
    ...(begins ? begin(newGeneration(runtime)) : []),
    ...recordSchema(schema.hash, recorded, there.triggers),
    ...triggers.flatMap((trigger) => {
      const body = there.bodies.get(`${trigger.name} on ${trigger.table}`)
      const stays = body === trigger.body || (body !== undefined && later.has(trigger.table))
      return stays ? [] : create(trigger, path)
    }),
    ...surplus(context, there)
      .filter(({ table }) => !later.has(table))
      .flatMap(({ name, table }) => [
        `drop trigger "${name}" on "${table}"`,
        `drop function "${name}"()`,
      ]),
  ]
}

/** The tables that have a trigger of ours, and should have none. */
export async function wronglyCaptured(
  connection: SqlConnection,
  context: Pick<AdapterContext, 'schema' | 'log'>,
): Promise<string[]> {
  const there = await readPresent(connection, present)
  return Array.from(new Set(surplus(context, there).map(({ table }) => table)))
}

function surplus(context: Pick<AdapterContext, 'schema' | 'log'>, there: Present): Trigger[] {
  const others = captured(context, 'triggers', 'service', 'off')
  return logTriggers(context.schema, others).filter(({ name, table }) =>
    there.bodies.has(`${name} on ${table}`),
  )
}

/**
 * The tables that lack a trigger, of whatever schema, that writes entries of their collections: a
 * later schema may name them otherwise.
 */
export async function uncaptured(
  runner: PlanRunner,
  collections: Iterable<CollectionDefinition>,
): Promise<string[]> {
  const wanted = Array.from(collections).flatMap((collection) =>
    ['insert', 'update', 'delete', 'truncate'].map((event) => ({
      table: collection.table,
      trigger: triggerName(collection.table, event),
      entry: entryOf(collection, event),
    })),
  )
  const { rows } = await runner.run(missingTriggers, [JSON.stringify(wanted)])
  return (rows as [string][]).map(([table]) => table)
}

const missingTriggers = `
select distinct "table"
from json_to_recordset($1::json) as wanted("table" text, trigger text, entry text)
where not exists (
  select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where tgname = trigger and tgrelid = to_regclass(quote_ident("table"))
    and strpos(p.prosrc, entry) > 0)`

/** Numbers that begin anew are those of another log. */
function begin(generation: string): string[] {
  return ['delete from wherry_generation', `insert into wherry_generation values ('${generation}')`]
}

interface Trigger {
  readonly name: string
  readonly table: string
  /** When it fires, on which rows. */
  readonly fires: string
  readonly body: string
  /** Whether it writes floats as text, which a setting decides the digits of. */
  readonly writesFloats?: boolean
  /** Whether it reads and writes no table, and names all that it calls in full. */
  readonly runsAsCaller?: boolean
}

function notifier(): Trigger {
  const fires = 'after insert on wherry_log for each statement'
  return {
    name: 'wherry_log_notify',
    table: 'wherry_log',
    fires,
    body: notifyBody,
    runsAsCaller: true,
  }
}

/**
 * A function that needs the log's tables runs with the rights of who made it, so that others who may
 * write the table need none on the log, and with settings of its own: few, since each takes time in
 * every call.
 */
function create(trigger: Trigger, path: string): string[] {
  const { name, table, fires, body, writesFloats, runsAsCaller } = trigger
  const digits = writesFloats === true ? 'set extra_float_digits = 1' : ''
  const rights = runsAsCaller === true ? '' : `security definer set search_path = ${path} ${digits}`
  return [
    `create or replace function "${name}"() returns trigger language plpgsql ${rights}
      as $wherry$${body}$wherry$`,
    `drop trigger if exists "${name}" on "${table}"`,
    `create trigger "${name}" ${fires} execute function "${name}"()`,
  ]
}

function logTriggers(
  schema: SchemaDefinition,
  collections: ReadonlySet<CollectionDefinition>,
): Trigger[] {
  return Array.from(collections).flatMap((collection) => {
    const { table, fieldList } = collection
    const writesFloats = fieldList.some(({ kind }) => kind === 'float')
    const trigger = (event: string, fires: string, statements: string): Trigger => {
      const name = triggerName(table, event)
      const body = `declare kept bigint; begin ${statements}; return null; end`
      return { name, table, fires, body, writesFloats }
    }
    const added = 'referencing new table as added for each statement'
    const removed = 'referencing old table as removed for each statement'
    const both = 'referencing old table as removed new table as added for each statement'
    const entries = (operation: string, rows: string) =>
      `insert into wherry_log (${columns}) select ${select(schema, collection, operation)} from ${rows}`
    return [
      trigger('insert', `after insert on "${table}" ${added}`, entries('insert', 'added')),
      trigger('delete', `after delete on "${table}" ${removed}`, entries('delete', 'removed')),
      trigger('update', `after update on "${table}" ${both}`, updateBody(collection, entries)),
      trigger(
        'truncate',
        `after truncate on "${table}" for each statement`,
        `insert into wherry_log (collection, operation, schema_hash)
          values (${entryOf(collection, 'truncate')}, '${schema.hash}')`,
      ),
      ...countStranger(collection),
    ]
  })
}

const columns = 'collection, operation, schema_hash, key, version, "row", old'

/** A row whose key changed is another row: one that is gone, and one that is new. */
function updateBody(
  { key }: CollectionDefinition,
  entries: (operation: string, rows: string) => string,
): string {
  const same = key.map(({ column }) => `added."${column}" = removed."${column}"`).join(' and ')
  return `${entries('update', `added join removed on ${same}`)};
    get diagnostics kept = row_count;
    if kept < (select count(*) from added) then
      ${entries('delete', `removed where not exists (select from added where ${same})`)};
      ${entries('insert', `added where not exists (select from removed where ${same})`)};
    end if`
}

function select(
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  operation: string,
): string {
  const { key, fieldList, version } = collection
  const rows = operation === 'delete' ? 'removed' : 'added'
  // A field of the same name would be meant instead of the whole row; none begins with '_'.
  const whole = fieldList.some(({ name }) => name === 'r') ? '_r' : 'r'
  const json = (of: string, fields: readonly FieldDefinition[]) =>
    `(select row_to_json(${whole}) from (select ${fields
      .map((field) => `${valueJson(field, `${of}."${field.column}"`)} as "${field.name}"`)
      .join(', ')}) ${whole})`
  const keys = key.map((field) => valueJson(field, `${rows}."${field.column}"`)).join(', ')
  return [
    entryOf(collection, operation),
    `'${schema.hash}'`,
    `json_build_array(${keys})`,
    version === undefined ? 'null' : `${rows}."${version.column}"`,
    operation === 'delete' ? 'null' : json('added', fieldList),
    operation === 'insert' ? 'null' : json('removed', fieldList),
  ].join(', ')
}

/** The row codec in SQL, the same whatever the time zone and the other settings of who writes. */
function valueJson({ kind }: FieldDefinition, value: string): string {
  switch (kind) {
    case 'bigint':
    case 'decimal':
      return `${value}::text`
    case 'timestamp':
      return `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    case 'date':
      return `to_char(${value}::timestamp, 'YYYY-MM-DD')`
    case 'bytes':
      return `encode(${value}, 'hex')`
    default:
      return value
  }
}

/** An update that left the version as it was is a stranger's, for which the trigger counts. */
function countStranger({ table, version, fieldList }: CollectionDefinition): Trigger[] {
  if (version === undefined) return []
  const column = `"${version.column}"`
  const touch = fieldList
    .filter(({ managed }) => managed === 'updatedAt')
    .map(({ column: at }) => `if new."${at}" = old."${at}" then new."${at}" := now(); end if;`)
  return [
    {
      name: triggerName(table, 'count'),
      table,
      fires: `before update on "${table}" for each row when (new.${column} = old.${column})`,
      body: `begin new.${column} := old.${column} + 1; ${touch.join(' ')} return new; end`,
    },
  ]
}
