import { nodeAmbient } from './service/ambient.node.ts'
import { createService } from './service/data-service.ts'
import type { DataServiceOptions } from './service/options.ts'
import type { DataService } from './service/types.ts'
import type { AnySchema } from './schema/types.ts'

export * from './index.ts'
export { introspect, type Introspection } from './service/introspection/introspect.ts'
export type { Skipped } from './service/introspection/usable.ts'

/** Makes the data service of a schema on a database; `connect()` it before anything else. */
export function createDataService<S extends AnySchema>(
  options: DataServiceOptions<S>,
): DataService<S> {
  return createService(options, nodeAmbient)
}
