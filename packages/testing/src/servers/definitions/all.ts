import type { ServerDefinition } from '../definition.ts'
import type { ServerName } from '../server.ts'
import { mariadb } from './mariadb.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'

export const definitions: Readonly<Record<ServerName, ServerDefinition>> = {
  postgres,
  mariadb,
  mysql,
}
