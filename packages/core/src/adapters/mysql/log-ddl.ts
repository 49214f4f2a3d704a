import type { AdapterContext } from '../../contract/adapter.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { newGeneration } from '../positions.ts'
import { capturedBy } from '../sql/capture.ts'
import type { Catalog } from '../sql/ensure.ts'
import { recordSchema, tablesOfLater } from '../sql/schema-order.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { readPresent, readRecorded, type Present } from '../sql/server/present.ts'
import { entryOf, triggerName } from '../sql/trigger-name.ts'
import { added, keyJson, old, rowJson, type Read } from './row-json.ts'
import { collations, type Flavor } from './values.ts'

/** The unique index of the log's numbers. It is no primary key, to be told from a collection's. */
export const seqIndex = 'wherry_log_seq'

/**
 * What the log consists of. `row` and `old` are in the row codec; all numbers up to `pruned` have
 * been removed; the last columns wait for entries from elsewhere.
 */
const tables: Readonly<Record<string, string>> = {
  wherry_generation: 'id varchar(64) primary key, pruned bigint not null default 0',
  wherry_schema: 'number bigint auto_increment primary key, hash varchar(64) not null unique',
  wherry_log: `
    seq bigint not null auto_increment, collection varchar(191) not null,
    operation varchar(16) not null, \`key\` longtext, version bigint, \`row\` longtext,
    \`old\` longtext, schema_hash varchar(64), at datetime(3) not null default (utc_timestamp(3)),
    actor longtext, mutation_id varchar(64), hlc varchar(64), origin varchar(64),
    origin_seq bigint, term bigint, unique key ${seqIndex} (seq),
    unique key wherry_log_origin (origin, origin_seq)`,
  wherry_cursor: `
    target varchar(64) primary key, position longtext not null, lease_until datetime(3) not null`,
  wherry_idempotency: `
    mutation_id varchar(64) primary key, actor longtext, result longtext,
    expires bigint not null, key wherry_idempotency_expires (expires)`,
}

/** Where one of these is missing, a log begins. */
const ofTheLog = ['wherry_generation', 'wherry_log']

const present = `
select table_name, null, null from information_schema.tables where table_schema = database()
union all
select concat(trigger_name, ' on ', event_object_table), action_statement, event_object_table
from information_schema.triggers where trigger_schema = database()`

/** What the log and the triggers that write it still lack; those of earlier schemas are replaced. */
export async function missingLog(
  connection: SqlConnection,
  flavor: Flavor,
  context: Pick<AdapterContext, 'schema' | 'runtime' | 'log'>,
  catalog: Catalog,
): Promise<string[]> {
  const { schema, runtime } = context
  const there = await readPresent(connection, present)
  const recorded = await readRecorded(connection, there)
  const later = tablesOfLater(schema.hash, recorded, there.triggers, catalog)
  const missing = Object.keys(tables).filter((name) => !there.bodies.has(name))
  const newLog = () => begin(newGeneration(runtime))
  return [
    ...missing.map((name) => createTable(flavor, name)),
    ...((await hasBegun(connection, there)) ? [] : newLog()),
    ...recordSchema(schema.hash, recorded, there.triggers),
    ...Array.from(capturedBy(context, 'triggers')).flatMap((collection) => {
      const triggers = logTriggers(schema, collection)
      const stale = triggers.filter(({ name, table, body }) => {
        const found = there.bodies.get(`${name} on ${table}`)
        return found !== body && (found === undefined || !later.has(table))
      })
      if (stale.length === 0) return []
      return create(flavor, stale, lacksOne(triggers, there) ? newLog() : [])
    }),
    ...surplus(context, there)
      .filter(({ table }) => !later.has(table))
      .map(({ name }) => `drop trigger \`${name}\``),
  ]
}

/** A log that was cut off while it was made has no generation yet. */
async function hasBegun(connection: SqlConnection, { bodies }: Present): Promise<boolean> {
  if (!ofTheLog.every((name) => bodies.has(name))) return false
  const { rows } = await connection.run({ sql: 'select id from wherry_generation' })
  return rows.length > 0
}

/** Whether some triggers write entries of a table and others, which did or were to, are gone. */
function lacksOne(triggers: readonly Trigger[], { bodies }: Present): boolean {
  const found = triggers
    .filter(({ fires }) => fires !== beforeUpdate)
    .map(({ name, table }) => bodies.has(`${name} on ${table}`))
  return found.includes(true) && found.includes(false)
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
  return Array.from(captured(context, 'triggers', 'service', 'off'))
    .flatMap((collection) => logTriggers(context.schema, collection))
    .filter(({ name, table }) => there.bodies.has(`${name} on ${table}`))
}

/**
 * The tables that lack a trigger, of whatever schema, that writes entries of their collections: a
 * later schema may name them otherwise.
 */
export async function uncaptured(
  runner: PlanRunner,
  collections: Iterable<CollectionDefinition>,
): Promise<string[]> {
  const wanted = Array.from(collections)
  if (wanted.length === 0) return []
  const names = wanted.map(({ table }) => table)
  const { rows } = await runner.run(
    `select trigger_name, action_statement from information_schema.triggers
      where event_object_schema = database()
      and event_object_table in (${names.map(() => '?').join()})`,
    names,
  )
  const bodies = new Map(rows as [string, string][])
  const writes = (collection: CollectionDefinition, event: string) =>
    bodies.get(triggerName(collection.table, event))?.includes(entryOf(collection, event))
  return wanted
    .filter((each) => !['insert', 'update', 'delete'].every((event) => writes(each, event)))
    .map(({ table }) => table)
}

function createTable(flavor: Flavor, name: string): string {
  const options = 'engine = InnoDB row_format = dynamic default character set utf8mb4'
  return `create table ${name} (${tables[name]}) ${options} collate ${collations[flavor]}`
}

/** Numbers that begin anew are those of another log. */
function begin(generation: string): string[] {
  return [
    'delete from wherry_generation',
    `insert into wherry_generation (id) values ('${generation}')`,
  ]
}

interface Trigger {
  readonly name: string
  readonly table: string
  /** When it fires. */
  readonly fires: string
  readonly body: string
}

/**
 * Nobody writes the table while it has no trigger. MySQL replaces none in one statement: where it was
 * cut off before the second one, changes have been missed, and the log begins anew.
 */
function create(flavor: Flavor, triggers: readonly Trigger[], newLog: readonly string[]): string[] {
  const { table } = triggers[0]!
  const isOne = flavor === 'mariadb'
  return [
    `lock tables \`${table}\` write${newLog.length > 0 ? ', wherry_generation write' : ''}`,
    ...newLog,
    ...triggers.flatMap(({ name, fires, body }) => [
      ...(isOne ? [] : [`drop trigger if exists \`${name}\``]),
      `create ${isOne ? 'or replace ' : ''}trigger \`${name}\` ${fires} on \`${table}\` for each row ${body}`,
    ]),
    'unlock tables',
  ]
}

function logTriggers(schema: SchemaDefinition, collection: CollectionDefinition): Trigger[] {
  const { table, key, fieldList, version } = collection
  const entry = (operation: string, row: Read | null, before: Read | null) => {
    const read = row ?? before!
    const rowOf = (from: Read | null) => (from === null ? 'null' : rowJson(fieldList, from))
    return `insert into wherry_log
      (collection, operation, \`key\`, version, \`row\`, \`old\`, schema_hash, actor, mutation_id)
      values (${entryOf(collection, operation)}, ${keyJson(key, read)},
      ${version === undefined ? 'null' : read(version)}, ${rowOf(row)}, ${rowOf(before)},
      '${schema.hash}', @wherry_actor, @wherry_mutation)`
  }
  const trigger = (event: string, body: string): Trigger => {
    return { name: triggerName(table, event), table, fires: `after ${event}`, body }
  }
  const sameKey = key.map((field) => `${old(field)} = ${added(field)}`).join(' and ')
  return [
    trigger('insert', entry('insert', added, null)),
    trigger('delete', entry('delete', null, old)),
    // A row whose key changed is another row: one that is gone, and one that is new.
    trigger(
      'update',
      `if ${sameKey} then ${entry('update', added, old)};
      else ${entry('delete', null, old)}; ${entry('insert', added, null)}; end if`,
    ),
    ...countStranger(collection),
  ]
}

/** When the one trigger fires that writes no entry. */
const beforeUpdate = 'before update'

/** An update that left the version as it was is a stranger's, for which the trigger counts. */
function countStranger({ table, version, fieldList }: CollectionDefinition): Trigger[] {
  if (version === undefined) return []
  const touch = fieldList
    .filter(({ managed }) => managed === 'updatedAt')
    .map((at) => `if ${added(at)} <=> ${old(at)} then set ${added(at)} = utc_timestamp(3); end if;`)
  return [
    {
      name: triggerName(table, 'count'),
      table,
      fires: beforeUpdate,
      body: `if ${added(version)} = ${old(version)} then
      set ${added(version)} = ${old(version)} + 1; ${touch.join(' ')} end if`,
    },
  ]
}
