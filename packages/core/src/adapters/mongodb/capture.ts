import type { AdapterContext } from '../../contract/adapter.ts'
import type { CaptureMode } from '../../contract/log-settings.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { SchemaDefinition } from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { refuseLimits } from '../log-limits.ts'
import type { Deployment } from './deployment.ts'

/**
 * The schema of what is to be in the log. A replica set logs by itself, and a server that stands alone
 * cannot: what is asked for and cannot be had is Unsupported.
 */
export function loggedOf(
  context: Pick<AdapterContext, 'schema' | 'log'>,
  { isReplicated }: Deployment,
): SchemaDefinition {
  const [own, other]: CaptureMode[] = isReplicated
    ? ['triggers', 'service']
    : ['service', 'triggers']
  const [refused] = captured(context, own!, other!)
  if (refused !== undefined) {
    throw new WherryError(
      'Unsupported',
      isReplicated
        ? `A replica set logs all changes by itself; '${refused.name}' cannot have capture 'service': leave it out`
        : `A server that stands alone logs nothing by itself, so '${refused.name}' cannot have capture ` +
            `'triggers'; leave it out, or make it a replica set of one member`,
    )
  }
  if (isReplicated) refuseLimits(context, 'A replica set', 'keepEntries')
  refuseLimits(context, 'MongoDB', 'keepMs', 'maxEntries')
  const { collections, ...schema } = context.schema
  const isLogged = captured(context, own!, own!)
  return {
    ...schema,
    collections: new Map(Array.from(collections).filter(([, each]) => isLogged.has(each))),
  }
}
