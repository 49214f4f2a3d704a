import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { httpMount } from './http.ts'
import type { MountOptions } from './options.ts'

/** Middleware of Express 5: `app.use(expressMount(gateway))`. */
export function expressMount(
  gateway: Gateway,
  options?: MountOptions,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => Promise<void> {
  const handle = httpMount(gateway, options)
  return async (request, response, next) => {
    if (!(await handle(request, response))) next()
  }
}
