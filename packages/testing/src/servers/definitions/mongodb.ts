import type { ServerDefinition } from '../definition.ts'
import { findProgram } from '../local/find-program.ts'
import { isMissing } from '../server.ts'
import { findFerretdb } from './ferretdb.ts'
import { findMongod, mongodContainer } from './mongod.ts'
import { mongodbDatabases } from './mongodb-like.ts'

const asReplicaSet = '--replSet=wherry'

/** A replica set of one server, or FerretDB, which has neither transactions nor change streams. */
export const mongodb: ServerDefinition = {
  name: 'mongodb',
  // Debian has neither; .ci/run builds FerretDB where Go is.
  isExpectedInCi: async () => (await findProgram('go')) !== undefined,
  ...mongodbDatabases,
  container: mongodContainer(asReplicaSet),

  async findProgram() {
    const mongod = await findMongod(asReplicaSet)
    if (!isMissing(mongod)) return mongod
    const ferretdb = await findFerretdb()
    if (!isMissing(ferretdb)) return ferretdb
    return { reason: `${mongod.reason}, and ${ferretdb.reason}` }
  },
}
