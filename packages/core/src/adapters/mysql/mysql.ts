import type { Adapter } from '../../contract/adapter.ts'
import { SqlAdapter } from '../sql/server/adapter.ts'
import { parseServerOptions, type ServerOptions } from '../sql/server/options.ts'
import { MysqlEngine } from './engine.ts'

/**
 * A database of MySQL (8.0.21 or newer) or MariaDB (10.6 or newer), through the mariadb connector.
 * Without options it is the one that `DATABASE_URL` or `MYSQL_HOST`, `_PORT`, `_USER`, `_PASSWORD`
 * and `_DATABASE` name.
 */
export function mysql(options?: ServerOptions): Adapter {
  const settings = parseServerOptions(
    { adapter: 'mysql', protocol: /^(mysql|mariadb)(\+\w+)?:\/\//, prefix: 'MYSQL' },
    options,
  )
  return new SqlAdapter(new MysqlEngine(settings))
}
