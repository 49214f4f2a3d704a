import { WherryError } from '../../errors/wherry-error.ts'
import type { ServerSettings } from '../sql/server/options.ts'
import type { Flavor } from './values.ts'

/** The first versions that have what is used here: JSON_TABLE and SKIP LOCKED, or CHECKs. */
const firstVersions: { readonly [F in Flavor]: readonly number[] } = {
  mariadb: [10, 6, 0],
  mysql: [8, 0, 21],
}

/** Versions are such as '10.11.6-MariaDB-log' and '8.4.2'. */
export function flavorOf(version: string): Flavor {
  const flavor = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const parts = version.split(/[.-]/, 3).map(Number)
  const at = parts.findIndex((part, index) => part !== firstVersions[flavor][index])
  if (at < 0 || parts[at]! > firstVersions[flavor][at]!) return flavor
  throw new WherryError(
    'Unsupported',
    `The server is of version ${version}; mysql() needs MariaDB 10.6, MySQL 8.0.21 or newer`,
  )
}

/** Nothing is rounded, cut or taken for another value, such as 0 for the next of a key that counts itself. */
const sqlMode = `STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION`

/**
 * All that the contract stands on and that a server may have set otherwise for everybody: that what
 * is written is committed and checked, and that no statement sees or changes only some of its rows.
 * The values are spelled out, because `default` is whatever the server has.
 */
const promises: Readonly<Record<string, string | number>> = {
  autocommit: 1,
  completion_type: 0,
  foreign_key_checks: 1,
  unique_checks: 1,
  sql_mode: `'${sqlMode}'`,
  time_zone: `'+00:00'`,
  // Errors tell only in words which key or column they are about.
  lc_messages: `'en_US'`,
  sql_safe_updates: 0,
  sql_auto_is_null: 0,
  sql_big_selects: 1,
  sql_select_limit: '18446744073709551615',
  // Long texts are ordered by so many of their bytes, which takes a larger buffer.
  max_sort_length: 65_536,
  sort_buffer_size: 8_388_608,
}

/**
 * The collation of what a statement brings with it. To the optimizer two expressions are the same
 * whose literals are equal by their collation: where that folds case, a filter on the places `$."a"`
 * and `$."A"` of a JSON column loses one of them. Columns win over it by their own, and no other
 * collation of bytes could be joined with what the JSON functions give. It sees no spaces at an end,
 * but places end with a quote or a bracket.
 */
const ofLiterals = 'utf8mb4_bin'

/** Makes a new session what the adapter takes it for. */
export function sessionSetup(
  { statementTimeoutMs, lockTimeoutMs }: ServerSettings,
  flavor: Flavor,
): string[] {
  const lockTimeout = Math.ceil(lockTimeoutMs / 1_000)
  const variables = {
    ...promises,
    innodb_lock_wait_timeout: lockTimeout,
    // For tables that are locked as a whole, or being altered.
    lock_wait_timeout: lockTimeout,
    ...(flavor === 'mariadb'
      ? { check_constraint_checks: 1, max_statement_time: statementTimeoutMs / 1_000 }
      : { max_execution_time: statementTimeoutMs }),
  }
  const settings = Object.entries(variables).map(([name, value]) => `session ${name} = ${value}`)
  return [
    `set ${settings.join(', ')}, names utf8mb4 collate ${ofLiterals}`,
    'set session transaction isolation level read committed',
  ]
}
