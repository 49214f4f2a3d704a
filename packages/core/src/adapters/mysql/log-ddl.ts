import type { AdapterContext } from '../../contract/adapter.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import { newGeneration } from '../positions.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import { triggerName } from '../sql/trigger-name.ts'
import { readCatalog } from './catalog.ts'
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
  wherry_log: `
    seq bigint not null auto_increment, collection varchar(191) not null,
    operation varchar(16) not null, \`key\` longtext, version bigint, \`row\` longtext,
    \`old\` longtext, schema_hash varchar(64), at datetime(3) not null default (utc_timestamp(3)),
    actor longtext, mutation_id varchar(64), hlc varchar(64), origin varchar(64),
    origin_seq bigint, term bigint, unique key ${seqIndex} (seq),
    unique key wherry_log_origin (origin, origin_seq)`,
  wherry_idempotency: `
    mutation_id varchar(64) primary key, actor longtext, result longtext,
    expires bigint not null, key wherry_idempotency_expires (expires)`,
}

const present = `
select table_name, null from information_schema.tables where table_schema = database()
union all
select concat(trigger_name, ' on ', event_object_table), action_statement
from information_schema.triggers where trigger_schema = database()`

/** What the log and the triggers that write it still lack; triggers of another schema are replaced. */
export async function missingLog(
  connection: SqlConnection,
  flavor: Flavor,
  { schema, runtime }: Pick<AdapterContext, 'schema' | 'runtime'>,
): Promise<string[]> {
  const { rows } = await connection.run({ sql: present })
  const there = new Map(rows as [string, string | null][])
  const missing = Object.keys(tables).filter((name) => !there.has(name))
  const begins = missing.some((name) => name !== 'wherry_idempotency')
  const catalog = await readCatalog(connection)
  const triggers = Array.from(schema.collections.values())
    // A trigger cannot name what is missing, which is found out next.
    .filter(({ table, fieldList }) =>
      fieldList.every(({ column }) => catalog.get(table)?.columns.has(column)),
    )
    .flatMap((collection) => logTriggers(schema, collection))
  return [
    ...missing.map((name) => createTable(flavor, name)),
    ...(begins ? begin(newGeneration(runtime)) : []),
    ...triggers.flatMap((trigger) =>
      there.get(`${trigger.name} on ${trigger.table}`) === trigger.body ? [] : create(trigger),
    ),
  ]
}

/** The triggers that a table has to have for the log to see all that happens to it. */
export function triggersOf({ table }: CollectionDefinition): string[] {
  return ['insert', 'update', 'delete'].map((event) => triggerName(table, event))
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

/** Nobody writes the table while it has no trigger. */
function create({ name, table, fires, body }: Trigger): string[] {
  return [
    `lock tables \`${table}\` write`,
    `drop trigger if exists \`${name}\``,
    `create trigger \`${name}\` ${fires} on \`${table}\` for each row ${body}`,
    'unlock tables',
  ]
}

function logTriggers(schema: SchemaDefinition, collection: CollectionDefinition): Trigger[] {
  const { name, table, key, fieldList, version } = collection
  const entry = (operation: string, row: Read | null, before: Read | null) => {
    const read = row ?? before!
    const rowOf = (from: Read | null) => (from === null ? 'null' : rowJson(fieldList, from))
    return `insert into wherry_log
      (collection, operation, \`key\`, version, \`row\`, \`old\`, schema_hash, actor, mutation_id)
      values ('${name}', '${operation}', ${keyJson(key, read)},
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
      fires: 'before update',
      body: `if ${added(version)} = ${old(version)} then
      set ${added(version)} = ${old(version)} + 1; ${touch.join(' ')} end if`,
    },
  ]
}
