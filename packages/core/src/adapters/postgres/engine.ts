import type { AdapterContext, IsolationLevel } from '../../contract/adapter.ts'
import { addStatements } from '../sql/ddl.ts'
import type { EngineSchema, LedgerStatements, SqlEngine } from '../sql/server/engine.ts'
import { fitsType, readCatalog, readViews } from './catalog.ts'
import { postgresDdl } from './ddl.ts'
import { postgresDialect } from './dialect.ts'
import { examine } from './doctor.ts'
import { toWherryError } from './errors.ts'
import { missingLog, uncaptured, wronglyCaptured } from './log-ddl.ts'
import { appendLog } from './log-writes.ts'
import { write } from './writes.ts'

const schema: EngineSchema = {
  // Of the session, because it has to be held from before the first look until after the commit.
  async locked(connection, work) {
    const { rows } = await connection.run({ sql: `select current_setting('lock_timeout')` })
    await connection.run({ sql: 'set statement_timeout = 0' })
    await connection.run({ sql: 'set lock_timeout = 0' })
    await connection.run({ sql: `select pg_advisory_lock(hashtext('wherry_schema'))` })
    // Who waits for a table holds up all who come after.
    await connection.run({ sql: `set lock_timeout = '${String(rows[0]![0])}'` })
    const unlock = { sql: `select pg_advisory_unlock(hashtext('wherry_schema'))` }
    try {
      return await work()
    } finally {
      // The lock ends with the session, too.
      await connection.run(unlock).catch(() => connection.destroy())
    }
  },
  read: (connection) => readCatalog(connection),
  add: ({ schema: wanted, runtime }: AdapterContext, missing) =>
    addStatements(postgresDdl, wanted, missing, runtime.now()),
  missingLog,
  uncaptured,
  wronglyCaptured,
  fitsType,
  readViews,
  examine,
}

const ledger: LedgerStatements = {
  claim: `insert into wherry_idempotency (mutation_id, actor, expires) values ($1, $2, $3)
    on conflict do nothing`,
  look: 'select actor, result from wherry_idempotency where mutation_id = $1',
  record: 'update wherry_idempotency set result = $1 where mutation_id = $2',
  forget: `delete from wherry_idempotency where mutation_id in (select mutation_id
    from wherry_idempotency where expires <= $1 order by expires limit 100
    for update skip locked)`,
  sign: `select set_config('wherry.actor', coalesce($1, ''), true),
    set_config('wherry.mutation', coalesce($2, ''), true)`,
}

/** What PostgreSQL is the same in, whether a server is asked or the database is in this process. */
export const postgresBase: Pick<
  SqlEngine,
  'dialect' | 'toWherryError' | 'begin' | 'write' | 'isAtomic' | 'appendLog' | 'schema' | 'ledger'
> = {
  dialect: postgresDialect,
  toWherryError,
  begin: (level: IsolationLevel) => [`begin isolation level ${level}`],
  write,
  isAtomic: () => true,
  appendLog,
  schema,
  ledger,
}
