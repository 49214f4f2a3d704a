import { noAmbient } from './service/ambient.ts'
import { createService } from './service/data-service.ts'
import type { DataServiceOptions } from './service/options.ts'
import type { DataService } from './service/types.ts'
import type { AnySchema } from './schema/types.ts'

export { errorCodes } from './errors/codes.ts'
export { isWherryError, WherryError } from './errors/wherry-error.ts'
export type { ErrorCode } from './errors/codes.ts'
export type { ErrorDetails, Outcome } from './errors/wherry-error.ts'
export { checkMilliseconds, checkOptions, invalidOptions } from './lib/options.ts'
export { backoffMs, systemRuntime, type Runtime, type Timer } from './lib/runtime.ts'
export { createIdSource } from './lib/uuid.ts'
export { metaOf } from './query/read-meta.ts'
export type * from './contract/adapter.ts'
export type { Capabilities } from './contract/capabilities.ts'
export type { Finding } from './contract/finding.ts'
export type * from './contract/introspection.ts'
export type { CaptureMode } from './contract/log-settings.ts'
export type * from './live/live-event.ts'
export type { ChangeType } from './live/feed-event.ts'
export type { Listening } from './channels/listening.ts'
export type { GapEvent } from './channels/events.ts'
export type { ChangeEvent } from './channels/row-events.ts'
export { countOf, groupsOf, liveValue } from './live/live-value.ts'
export { startMutation } from './service/mutation.ts'
export type * from './service/types.ts'
export type { DataServiceOptions } from './service/options.ts'

/**
 * Makes the data service of a schema on a database; `connect()` it before anything else. Throws
 * InvalidOptions. Where the host cannot follow a call (browsers), a call on the service inside a
 * transaction's closure is not noticed as OutsideTransaction.
 */
export function createDataService<S extends AnySchema>(
  options: DataServiceOptions<S>,
): DataService<S> {
  return createService(options, noAmbient)
}
