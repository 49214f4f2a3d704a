export { isMissing } from './server.ts'
export type {
  Database,
  DatabaseServer,
  Missing,
  OwnServer,
  ServerName,
  StartOptions,
} from './server.ts'
export { shareServers } from './share-servers.ts'
export { startServer } from './start-server.ts'
export { testServer } from './test-server.ts'
