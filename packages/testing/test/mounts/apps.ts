import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Koa from 'koa'
import { expressMount, httpMount, koaMount } from '@wherry/server'
import type { MountedApp, Mounting, StartApp } from '../../src/index.ts'

/** The apps of the mount suite, by framework. */
export const apps: Readonly<Record<string, StartApp>> = {
  'node http': (mountings) => start(createServer(httpApp(mountings))),
  'Express 5': (mountings) => start(createServer(expressApp(mountings) as RequestListener)),
  'Koa 3': (mountings) => {
    const handle = koaApp(mountings).callback()
    return start(createServer((request, response) => void handle(request, response)))
  },
}

function httpApp(mountings: readonly Mounting[]): RequestListener {
  const mounts = mountings.map(({ gateway, path }) => httpMount(gateway, pathOption(path)))
  const handle: (...parts: Parameters<RequestListener>) => Promise<void> = async (
    request,
    response,
  ) => {
    for (const mount of mounts) if (await mount(request, response)) return
    if (request.url === '/hello') response.end('hello')
    else response.writeHead(404).end()
  }
  return (request, response) => void handle(request, response)
}

function expressApp(mountings: readonly Mounting[]) {
  const app = express()
  for (const { gateway, path, prefix } of mountings) {
    const mount = expressMount(gateway, pathOption(path))
    if (prefix === undefined) app.use(mount)
    else app.use(prefix, express.Router().use(mount))
  }
  return app.get('/hello', (_, response) => void response.send('hello'))
}

function koaApp(mountings: readonly Mounting[]): Koa {
  const app = new Koa()
  for (const { gateway, path, prefix } of mountings) {
    const mount = koaMount(gateway, pathOption(path))
    app.use(prefix === undefined ? mount : below(prefix, mount))
  }
  return app.use(async (context) => {
    if (context.path === '/hello') context.body = 'hello'
  })
}

/** As Koa's routers do it: what they have routed by is cut off the path. */
function below(prefix: string, mount: Koa.Middleware): Koa.Middleware {
  return async (context, next) => {
    const { path } = context
    if (!path.startsWith(`${prefix}/`)) {
      await next()
      return
    }
    context.path = path.slice(prefix.length)
    await mount(context, async () => {
      context.path = path
      await next()
    })
  }
}

function pathOption(path: string | undefined) {
  return path === undefined ? {} : { path }
}

async function start(server: Server): Promise<MountedApp> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close }
}
