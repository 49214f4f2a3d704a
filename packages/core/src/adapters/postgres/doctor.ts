import type { Finding } from '../../contract/finding.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import type { ExaminedScope } from '../sql/server/engine.ts'

export async function examine(connection: SqlConnection, scope: ExaminedScope): Promise<Finding[]> {
  const { rows } = await connection.run({ sql: readSettings })
  const settings = new Map(rows as [string, string][])
  const tables = Array.from(scope.schema.collections.values(), ({ table }) => table)
  const { rows: odd } = await connection.run({ sql: readOddTables }, [`{${tables.join()}}`])
  return [
    ...examineSettings(settings, scope),
    ...(odd as OddTable[]).flatMap((each) => examineTable(each, scope.durable)),
    ...unseen,
  ]
}

const readSettings = `
select name, setting from pg_settings where name in ('server_encoding', 'fsync',
  'full_page_writes', 'synchronous_commit', 'max_connections', 'superuser_reserved_connections')`

/** Tables that are not logged, or that consist of others. */
const readOddTables = `
select relname, relpersistence = 'u', exists (select from pg_inherits where inhparent = c.oid),
  relkind = 'p'
from pg_class c
where relnamespace = current_schema()::regnamespace and relname = any($1::text[])`

type OddTable = [table: string, isUnlogged: string, hasParts: string, isPartitioned: string]

type Settings = ReadonlyMap<string, string>

export function examineSettings(
  settings: Settings,
  { durable, maxConnections }: Pick<ExaminedScope, 'durable' | 'maxConnections'>,
): Finding[] {
  return [
    ...examineEncoding(settings),
    ...(durable ? examineDurability(settings) : []),
    ...examineConnections(settings, maxConnections),
  ]
}

function examineEncoding(settings: Settings): Finding[] {
  const encoding = settings.get('server_encoding')
  if (encoding === 'UTF8') return []
  return [
    {
      severity: 'error',
      subject: 'server_encoding',
      problem: `is ${encoding}, which cannot keep every text`,
      remedy: "make a database with encoding 'UTF8', and copy the tables into it",
    },
  ]
}

function examineDurability(settings: Settings): Finding[] {
  return Object.entries(losses)
    .filter(([name]) => settings.get(name) === 'off')
    .map(([subject, loss]) => ({
      severity: 'warning',
      subject,
      problem: `is off: ${loss}`,
      remedy: "set it to 'on', in the server's configuration or wherever it was turned off",
    }))
}

const losses: Readonly<Record<string, string>> = {
  fsync: 'a failure of the machine may destroy the database',
  full_page_writes: 'a failure of the machine may leave pages that are half old, half new',
  synchronous_commit: 'the last writes that were acknowledged are lost if the server fails',
}

function examineConnections(settings: Settings, wanted: number): Finding[] {
  const [most, reserved] = ['max_connections', 'superuser_reserved_connections'].map((name) =>
    Number(settings.get(name)),
  ) as [number, number]
  if (wanted <= most - reserved) return []
  return [
    {
      severity: 'warning',
      subject: 'max_connections',
      problem: `leaves ${most - reserved} connections, fewer than the ${wanted} that this service may open`,
      remedy: "lower 'max' of postgres(), or raise max_connections",
    },
  ]
}

function examineTable(table: OddTable, durable: boolean): Finding[] {
  const [subject, isUnlogged, hasParts, isPartitioned] = table
  const unlogged: Finding = {
    severity: 'warning',
    subject,
    problem: 'is unlogged: after a crash of the server it is empty',
    remedy: `alter table "${subject}" set logged`,
  }
  const parted: Finding = {
    severity: 'note',
    subject,
    problem: 'has partitions or children: the log misses what is written to one by its own name',
    remedy: 'write to the table itself',
  }
  const inherited: Finding = {
    severity: 'error',
    subject,
    problem: 'has children by INHERITS, whose rows are among its own: no key is unique across them',
    remedy: 'make partitions of them, or end it: alter table … no inherit',
  }
  return [
    ...(isUnlogged === 't' && durable ? [unlogged] : []),
    ...(hasParts === 't' && isPartitioned === 'f' ? [inherited] : []),
    ...(hasParts === 't' ? [parted] : []),
  ]
}

const unseen: readonly Finding[] = [
  {
    severity: 'note',
    subject: 'wherry_log',
    problem: `misses what sessions write with session_replication_role = 'replica', as restores and logical replication do`,
    remedy: 'start the service anew after such writes, so that everything is read again',
  },
  {
    severity: 'note',
    subject: 'wherry_log',
    problem: 'tells of a TRUNCATE, but not of the rows that went with it',
    remedy:
      'delete the rows instead where others follow the table: live queries read all of it again',
  },
]
