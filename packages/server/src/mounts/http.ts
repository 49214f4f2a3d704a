import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { createAnswerer } from './answer.ts'
import type { MountOptions } from '../transport/path.ts'

/** A handler of node's http server; resolves with false when the request is for somebody else. */
export function httpMount(
  gateway: Gateway,
  options?: MountOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const answer = createAnswerer(gateway, options)
  return async (request, response) => {
    // Frameworks on top of node keep what the client asked for here.
    const { originalUrl = request.url } = request as { originalUrl?: string }
    const answered = await answer(request, originalUrl)
    if (answered === undefined) return false
    response.writeHead(answered.status, answered.headers).end(answered.body)
    return true
  }
}
