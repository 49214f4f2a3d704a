import type { ServerDefinition } from '../definition.ts'
import { findMongod, mongodContainer } from './mongod.ts'
import { mongodbDatabases } from './mongodb-like.ts'

export const mongodbStandalone: ServerDefinition = {
  name: 'mongodb-standalone',
  // Debian has no mongod.
  isExpectedInCi: async () => false,
  ...mongodbDatabases,
  container: mongodContainer(),
  findProgram: () => findMongod(),
}
