import { createClient, type Client, type ClientOptions } from '@wherry/client'
import { systemRuntime, type DataService, type Runtime } from '@wherry/core'
import type { AnySchema } from '@wherry/core/schema'
import { createGateway, type Gateway, type GatewayOptions } from '@wherry/server'
import { Wire, type Tap } from './wire.ts'

export interface PairOptions<S extends AnySchema> {
  /** The data service to serve; connected, or soon to be. */
  readonly data: DataService<S>
  /** The client's clock, timers and chance; the gateway has the service's. Default: the host's. */
  readonly runtime?: Runtime
  /** Sees every frame, and says what becomes of it. Default: all arrive. */
  readonly tap?: Tap
  /** What the client may do with channels, as the gateway's option. */
  readonly channels?: GatewayOptions['channels']
  /** Hears what no client is told, as the gateway's option. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void
  /** Further options of the client. */
  readonly client?: Partial<Omit<ClientOptions, 'url' | 'runtime' | 'socket'>>
}

export interface Pair<S extends AnySchema> {
  readonly client: Client<S>
  readonly gateway: Gateway
  /** Breaks the connection, as a network does: neither side says goodbye. */
  cut(): void
  /** While false, connections cannot be made; those that are go on. */
  reachable: boolean
  /** While false, the client takes nothing that is sent to it, as when its process is held. */
  reading: boolean
  /** Ends the client and the gateway; the data service goes on. */
  close(): Promise<void>
}

/**
 * A server and a client in one process and without a network: what one sends reaches the other in
 * the order of sending, in a later step of the same turn. No timer but the runtimes' is used, so a
 * test that replaces those decides about time.
 */
export function createPair<S extends AnySchema>(options: PairOptions<S>): Pair<S> {
  const { data, runtime = systemRuntime, tap, channels, onError, client: clientOptions } = options
  const gateway = createGateway({
    data,
    policies: 'open',
    ...(channels && { channels }),
    ...(onError && { onError }),
  })
  const wire = new Wire(gateway, tap)
  const client = createClient<S>({
    ...clientOptions,
    url: 'ws://pair',
    runtime,
    socket: () => wire.connect(),
  })
  return {
    client,
    gateway,
    cut: () => wire.cut(),
    get reachable() {
      return wire.reachable
    },
    set reachable(yes) {
      wire.reachable = yes
    },
    get reading() {
      return wire.reading
    },
    set reading(yes) {
      wire.reading = yes
    },
    async close() {
      await client.close()
      await gateway.stop()
    },
  }
}
