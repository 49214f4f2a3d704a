import { WherryError } from '../../errors/wherry-error.ts'
import type { Database } from './driver.ts'

/** What the servers behind a URL can do, as they say themselves. */
export interface Deployment {
  /** Members of a replica set: they have transactions and change streams. */
  readonly isReplicated: boolean
  /** Computes expressions in `aggregate`, and checks documents; FerretDB 1 does neither. */
  readonly hasExpressions: boolean
}

export async function askDeployment(database: Database): Promise<Deployment> {
  const [hello, build] = await Promise.all([
    database.command({ hello: 1 }),
    database.command({ buildInfo: 1 }),
  ])
  const version = String(build.version)
  const hasExpressions = !('ferretdbVersion' in build)
  const isReplicated = hasExpressions && typeof hello.setName === 'string'
  // A router of a sharded cluster answers so. It may say that nothing has changed before all shards have.
  if (hello.msg === 'isdbgrid') throw unsupported('A sharded cluster', 'a replica set')
  if (isReplicated && Number.parseInt(version, 10) < 6) {
    throw unsupported(`A replica set of MongoDB ${version}`, 'MongoDB 6.0 or newer')
  }
  return { isReplicated, hasExpressions }
}

function unsupported(what: string, wanted: string): WherryError {
  return new WherryError(
    'Unsupported',
    `${what} does not tell of all changes as live queries need it; use ${wanted}`,
  )
}
