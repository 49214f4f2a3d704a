import type { Database } from './driver.ts'

/** What the servers behind a URL can do, as they say themselves. */
export interface Deployment {
  /** Members of a replica set, or a sharded cluster: they have transactions and change streams. */
  readonly isReplicated: boolean
  /** Computes expressions in `aggregate`, and checks documents; FerretDB 1 does neither. */
  readonly hasExpressions: boolean
  /** Such as '8.0.4'. */
  readonly version: string
}

export async function askDeployment(database: Database): Promise<Deployment> {
  const [hello, build] = await Promise.all([
    database.command({ hello: 1 }),
    database.command({ buildInfo: 1 }),
  ])
  return {
    // A router of a sharded cluster answers so.
    isReplicated: typeof hello.setName === 'string' || hello.msg === 'isdbgrid',
    hasExpressions: !('ferretdbVersion' in build),
    version: String(build.version),
  }
}

/** Whether change streams can tell what a document was before, which servers learned with 6.0. */
export function keepsPreImages({ isReplicated, version }: Deployment): boolean {
  return isReplicated && Number.parseInt(version, 10) >= 6
}
