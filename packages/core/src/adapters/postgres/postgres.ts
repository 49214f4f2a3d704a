import type { Adapter } from '../../contract/adapter.ts'
import { SqlAdapter } from '../sql/server/adapter.ts'
import { parseServerOptions, type ServerOptions } from '../sql/server/options.ts'
import { openConnection, openListener } from './driver.ts'
import { postgresBase } from './engine.ts'
import { PostgresLog } from './postgres-log.ts'

/**
 * A PostgreSQL database (13 or newer), through pg. Without options it is the one that
 * `DATABASE_URL` or `POSTGRES_HOST`, `_PORT`, `_USER`, `_PASSWORD` and `_DATABASE` name.
 */
export function postgres(options?: ServerOptions): Adapter {
  const settings = parseServerOptions(
    { adapter: 'postgres', protocol: /^postgres(ql)?(\+\w+)?:\/\//, prefix: 'POSTGRES' },
    options,
  )
  return new SqlAdapter({
    ...postgresBase,
    name: 'postgres',
    pool: settings.pool,
    capabilities: { durable: true, sharedBetweenProcesses: true },
    statementTimeoutMs: settings.statementTimeoutMs,
    pipelinesReads: true,
    open: ({ runtime }) => openConnection(settings, runtime),
    createLog: (host) => new PostgresLog(host, (onMessage) => openListener(settings, onMessage)),
  })
}
