import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { httpMount } from './http.ts'
import type { MountOptions } from '../transport/path.ts'

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Middleware of Express: `app.use(expressMount(gateway))`. */
export function expressMount(gateway: Gateway, options?: MountOptions): Middleware {
  const handle = httpMount(gateway, options)
  const pass = async (...[request, response, next]: Parameters<Middleware>) => {
    try {
      if (!(await handle(request, response))) next()
    } catch (error) {
      next(error)
    }
  }
  // No promise is returned: not every version of Express looks at how it ends.
  return (...parts) => void pass(...parts)
}
