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
  /** What clients may do with the channels of the service. */
  readonly channels?: {
    /**
     * Whether a client may publish in a channel, subscribe to it (and read its history, and who is
     * there), or enter it. One that it may not is to it as if there were none. Default: subscribe only.
     */
    readonly allow?: (action: 'publish' | 'subscribe' | 'enter', name: string) => boolean
  }
  /** Hears of failures that no client is told. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void
}

export interface Settings {
  readonly gate: Gate
  readonly onError: (error: unknown) => void
}

export function readOptions(options: GatewayOptions): Settings {
  checkOptions('createGateway()', options, ['data', 'policies', 'channels', 'onError'])
  if (options.policies !== 'open') {
    throw invalidOptions(
      "createGateway() needs 'policies'. There is only 'open' yet, which lets everybody on this " +
        'machine do everything, and nobody else in; write it out if that is what you want',
    )
  }
  const { data, channels = {}, onError = warn } = options
  checkOptions("'channels'", channels, ['allow'])
  const { allow = (action) => action === 'subscribe' } = channels
  if (typeof onError !== 'function') throw invalidOptions("'onError' is a function of an error")
  if (typeof allow !== 'function')
    throw invalidOptions("'allow' is a function of an action and a name")
  return { gate: new Gate(data, allow), onError }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
