import { hostOf } from './adapters/mongodb/host.ts'
import { invalidOptions } from './lib/options.ts'
import { interiorOf } from './service/interior.ts'

export { mongodb, type MongodbOptions } from './adapters/mongodb/index.ts'

/**
 * The database itself, for host code: a `Db` of the driver, which is the service's and closed by it.
 * `mongo<Db>(data)` gives it the driver's type. On a replica set the change log sees what is written
 * by it, on a server that stands alone it does not. Throws InvalidOptions where the service's
 * database is another one, OutsideTransaction and NotConnected.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the driver need not be there
export function mongo<Db = unknown>(data: object): Db {
  const { adapter, checkOutside } = interiorOf(data)
  const database = hostOf(adapter)
  if (database === undefined) {
    throw invalidOptions(
      `mongo() is asked for MongoDB, and the service's database is '${adapter.name}'`,
    )
  }
  checkOutside()
  return database() as Db
}
