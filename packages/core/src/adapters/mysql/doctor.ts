import type { Finding } from '../../contract/finding.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import type { ExaminedScope } from '../sql/server/engine.ts'

export async function examine(
  connection: SqlConnection,
  { schema, maxConnections }: ExaminedScope,
): Promise<Finding[]> {
  const wanted = new Set(Array.from(schema.collections.values(), ({ table }) => table))
  const isWanted = ([table]: Pair) => wanted.has(table)
  const read = async (sql: string) => (await connection.run({ sql })).rows as unknown as Pair[]
  const settings = new Map(await read(readSettings))
  return [
    ...(await read(readEngines)).filter(isWanted).map(otherEngine),
    ...examineSettings(settings, maxConnections),
    ...(await read(readCascades)).filter(isWanted).map(unseenCascade),
    unseenTruncate,
  ]
}

type Settings = ReadonlyMap<string, string>

export function examineSettings(settings: Settings, maxConnections: number): Finding[] {
  return [
    ...examineMode(settings),
    ...examineDurability(settings),
    ...examineConnections(settings, maxConnections),
  ]
}

type Pair = [name: string, value: string]

const readSettings = `
show global variables where variable_name in
  ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'log_bin', 'sync_binlog',
  'max_connections', 'sql_mode')`

const readEngines = `
select table_name, engine from information_schema.tables
where table_schema = database() and table_type = 'BASE TABLE' and engine <> 'InnoDB'`

const readCascades = `
select table_name, constraint_name from information_schema.referential_constraints
where constraint_schema = database()
  and (delete_rule in ('CASCADE', 'SET NULL') or update_rule in ('CASCADE', 'SET NULL'))`

function otherEngine([subject, engine]: Pair): Finding {
  return {
    severity: 'error',
    subject,
    problem: `is kept by ${engine}, whose writes are no part of a transaction`,
    remedy: `alter table \`${subject}\` engine = InnoDB`,
  }
}

/** Sessions of this service have a mode of their own. */
function examineMode(settings: Settings): Finding[] {
  if (/STRICT_(ALL|TRANS)_TABLES/.test(settings.get('sql_mode') ?? '')) return []
  return [
    {
      severity: 'warning',
      subject: 'sql_mode',
      problem: 'is not strict: values of other programs are cut to fit, without an error',
      remedy: 'add STRICT_ALL_TABLES to it',
    },
  ]
}

function examineDurability(settings: Settings): Finding[] {
  const [flush, doublewrite, binlog, sync] = [
    'innodb_flush_log_at_trx_commit',
    'innodb_doublewrite',
    'log_bin',
    'sync_binlog',
  ].map((name) => settings.get(name))
  const problems: readonly [name: string, isSo: boolean, problem: string, value: string][] = [
    [
      'innodb_flush_log_at_trx_commit',
      flush !== '1',
      `is ${flush}: the last writes that were acknowledged are lost if the machine fails`,
      '1',
    ],
    [
      'innodb_doublewrite',
      doublewrite === 'OFF',
      'is off: a failure of the machine may leave pages that are half old, half new',
      'on',
    ],
    [
      'sync_binlog',
      binlog === 'ON' && sync !== '1',
      `is ${sync}: replicas and restores may lack the last writes if the machine fails`,
      '1',
    ],
  ]
  return problems
    .filter(([, isSo]) => isSo)
    .map(([subject, , problem, value]) => ({
      severity: 'warning',
      subject,
      problem,
      remedy: `set it to ${value} in the server's configuration`,
    }))
}

function examineConnections(settings: Settings, wanted: number): Finding[] {
  const most = Number(settings.get('max_connections'))
  if (wanted <= most) return []
  return [
    {
      severity: 'warning',
      subject: 'max_connections',
      problem: `is ${most}, fewer than the ${wanted} that this service may open`,
      remedy: "lower 'max' of mysql(), or raise max_connections",
    },
  ]
}

function unseenCascade([subject, constraint]: Pair): Finding {
  return {
    severity: 'note',
    subject,
    problem: `has the foreign key '${constraint}', which cascades: the log misses what it does`,
    remedy: 'make it a foreign key that restricts, and delete what refers to a row first',
  }
}

const unseenTruncate: Finding = {
  severity: 'note',
  subject: 'wherry_log',
  problem: 'does not see TRUNCATE, which fires no trigger',
  remedy: 'delete the rows instead, or start the service anew afterwards',
}
