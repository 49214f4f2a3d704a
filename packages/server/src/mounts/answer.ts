import type { IncomingMessage, Server } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { checkMountOptions, pathOf, type MountOptions } from '../transport/path.ts'

/** What a gateway says to a plain HTTP request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * What all mounts share: the answer to a request, or undefined when it is not for the gateway. `url`
 * is the request's as the client sent it: frameworks cut off what they have routed by. The first
 * request that is seen also tells which server there is to attach to.
 */
export function createAnswerer(
  gateway: Gateway,
  options: MountOptions = {},
): (request: IncomingMessage, url: string | undefined) => Promise<Answer | undefined> {
  const { path } = checkMountOptions(options)
  return async (request, url) => {
    // Node tells sockets their server, though its types do not say so.
    const { server } = request.socket as { server?: Server }
    if (server !== undefined && !gateway.isStopping) gateway.attach(server, { path })
    const asked = pathOf(url)
    if (asked === `${path}/health`) {
      const status = await gateway.health()
      return answer(status === 'ok' ? 200 : 503, { status })
    }
    if (asked !== path) return undefined
    // An upgrade that came before any other request; its client tries again.
    if (request.headers.upgrade !== undefined) {
      return answer(503, { status: gateway.isStopping ? 'stopping' : 'starting' })
    }
    return answer(426, { status: 'a WebSocket is served here' }, { upgrade: 'websocket' })
  }
}

function answer(status: number, body: object, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 503 && { 'retry-after': '1' }),
      ...headers,
    },
    body: `${JSON.stringify(body)}\n`,
  }
}
