import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { httpMount } from './http.ts'
import type { MountOptions } from './options.ts'

/** Middleware of Express: `app.use(expressMount(gateway))`. */
export function expressMount(
  gateway: Gateway,
  options?: MountOptions,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  const handle = httpMount(gateway, options)
  return (request, response, next) => {
    handle(request, response).then((isDone) => {
      if (!isDone) next()
    }, next)
  }
}
