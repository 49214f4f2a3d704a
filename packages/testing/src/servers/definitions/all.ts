import type { ServerDefinition } from '../definition.ts'
import type { ServerName } from '../server.ts'
import { mariadb } from './mariadb.ts'
import { mongodbStandalone } from './mongodb-standalone.ts'
import { mongodb } from './mongodb.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'

export const definitions: Readonly<Record<ServerName, ServerDefinition>> = {
  postgres,
  mariadb,
  mysql,
  mongodb,
  'mongodb-standalone': mongodbStandalone,
}
