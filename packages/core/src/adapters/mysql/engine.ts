import type { AdapterContext, IsolationLevel } from '../../contract/adapter.ts'
import { addStatements } from '../sql/ddl.ts'
import type { Dialect } from '../sql/dialect.ts'
import type { DriverConnection, SqlConnection } from '../sql/server/connection.ts'
import type {
  EngineLog,
  EngineSchema,
  LedgerStatements,
  LogHost,
  SqlEngine,
} from '../sql/server/engine.ts'
import type { ServerSettings } from '../sql/server/options.ts'
import { fitsType, readCatalog, readViews } from './catalog.ts'
import { mysqlDdl } from './ddl.ts'
import { mysqlDialect } from './dialect.ts'
import { examine } from './doctor.ts'
import { openConnection } from './driver.ts'
import { toWherryError } from './errors.ts'
import { missingLog, uncaptured, wronglyCaptured } from './log-ddl.ts'
import { appendLog } from './log-writes.ts'
import { MysqlLog } from './mysql-log.ts'
import type { Flavor } from './values.ts'
import { isAtomic, write } from './writes.ts'

const dialects: { readonly [F in Flavor]: Dialect } = {
  mariadb: mysqlDialect('mariadb'),
  mysql: mysqlDialect('mysql'),
}

/** MySQL and MariaDB; which of them it is, the first connection tells. */
export class MysqlEngine implements SqlEngine {
  readonly name = 'mysql'
  readonly capabilities = { durable: true, sharedBetweenProcesses: true } as const
  readonly pipelinesReads = true
  readonly #settings: ServerSettings
  #flavor: Flavor = 'mysql'

  constructor(settings: ServerSettings) {
    this.#settings = settings
  }

  get dialect(): Dialect {
    return dialects[this.#flavor]
  }

  get pool(): SqlEngine['pool'] {
    return this.#settings.pool
  }

  get statementTimeoutMs(): number {
    return this.#settings.statementTimeoutMs
  }

  async open({ runtime }: AdapterContext): Promise<DriverConnection> {
    const { connection, flavor } = await openConnection(this.#settings, runtime)
    this.#flavor = flavor
    return connection
  }

  readonly toWherryError: SqlEngine['toWherryError'] = toWherryError
  readonly write: SqlEngine['write'] = write
  readonly isAtomic: SqlEngine['isAtomic'] = isAtomic
  readonly appendLog: SqlEngine['appendLog'] = appendLog

  /** 'read committed' is what sessions are set to. */
  begin(level: IsolationLevel): readonly string[] {
    const start = 'start transaction'
    return level === 'read committed'
      ? [start]
      : [`set transaction isolation level ${level}`, start]
  }

  readonly schema: EngineSchema = {
    locked: (connection, work) => locked(connection, this.#flavor, work),
    read: readCatalog,
    add: ({ schema, runtime }: AdapterContext, missing) =>
      addStatements(mysqlDdl(this.#flavor), schema, missing, runtime.now()),
    missingLog: (connection, context, catalog) =>
      missingLog(connection, this.#flavor, context, catalog),
    uncaptured,
    wronglyCaptured,
    fitsType,
    readViews,
    examine,
  }

  readonly ledger: LedgerStatements = {
    claim: `insert ignore into wherry_idempotency (mutation_id, actor, expires) values (?, ?, ?)`,
    look: 'select actor, result from wherry_idempotency where mutation_id = ?',
    record: 'update wherry_idempotency set result = ? where mutation_id = ?',
    forget: `delete done from wherry_idempotency as done join (select mutation_id
      from wherry_idempotency where expires <= ? order by expires limit 100
      for update skip locked) as expired on expired.mutation_id = done.mutation_id`,
    sign: 'set @wherry_actor = ?, @wherry_mutation = ?',
    unsign: 'set @wherry_actor = null, @wherry_mutation = null',
  }

  createLog(host: LogHost): EngineLog {
    return new MysqlLog(host)
  }
}

/** A day: nobody makes indexes for longer. */
const longestSeconds = 86_400
const lockName = `concat('wherry.', md5(database()))`

/** Every statement that changes the schema commits by itself, so what is held is no transaction. */
async function locked<T>(
  connection: SqlConnection,
  flavor: Flavor,
  work: () => Promise<T>,
): Promise<T> {
  // MySQL limits nothing but SELECT, and by another name.
  const limit = flavor === 'mariadb' ? 'max_statement_time' : 'max_execution_time'
  // Without checks tables may refer to those that are made after them. All that refer are empty.
  await connection.run({ sql: `set session ${limit} = 0, session foreign_key_checks = 0` })
  await connection.run({ sql: `select get_lock(${lockName}, ${longestSeconds})` })
  try {
    return await work()
  } finally {
    if (connection.isUsable) {
      await connection.run({ sql: 'unlock tables' })
      await connection.run({ sql: `do release_lock(${lockName})` })
    }
  }
}
