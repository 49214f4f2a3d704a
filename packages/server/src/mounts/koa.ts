import type { IncomingMessage } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { createAnswerer } from './answer.ts'
import type { MountOptions } from '../transport/path.ts'

/** What the mount needs of Koa's context. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly originalUrl: string
  status: number
  body: unknown
  set(headers: Record<string, string>): void
}

/** Middleware of Koa: `app.use(koaMount(gateway))`. */
export function koaMount(
  gateway: Gateway,
  options?: MountOptions,
): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  const answer = createAnswerer(gateway, options)
  return async (context, next) => {
    const answered = await answer(context.req, context.originalUrl)
    if (answered === undefined) return void (await next())
    context.status = answered.status
    context.set({ ...answered.headers })
    context.body = answered.body
  }
}
