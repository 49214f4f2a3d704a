import { checkOptions, invalidOptions } from '@wherry/core'
import { Gate } from '@wherry/core/gate'

export interface GatewayOptions {
  /** The data service to serve, as `createDataService()` makes it; connect it first. */
  readonly data: object
  /**
   * Who may do what. There is only 'open' yet: everybody may do everything, and therefore nobody
   * gets in but from this machine itself.
   */
  readonly policies: 'open'
  /** Hears of failures that no client is told. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void
}

export interface Settings {
  readonly gate: Gate
  readonly onError: (error: unknown) => void
}

export function readOptions(options: GatewayOptions): Settings {
  checkOptions('createGateway()', options, ['data', 'policies', 'onError'])
  if (options.policies !== 'open') {
    throw invalidOptions(
      "createGateway() needs 'policies'. There is only 'open' yet, which lets everybody on this " +
        'machine do everything, and nobody else in; write it out if that is what you want',
    )
  }
  const { data, onError = warn } = options
  if (typeof onError !== 'function') throw invalidOptions("'onError' is a function of an error")
  return { gate: new Gate(data), onError }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
