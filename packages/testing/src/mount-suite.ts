import assert from 'node:assert/strict'
import { request, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { subprotocol } from '@wherry/core/protocol'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { createGateway, type Gateway } from '@wherry/server'

/** How an app mounts a gateway. */
export interface Mounting {
  readonly gateway: Gateway
  /** Where clients connect; left out, the mount's default. */
  readonly path?: string
  /** Mounted in a router of the app's for what is below this; `path` begins with it. */
  readonly prefix?: string
}

export interface MountedApp {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

/**
 * Starts an app of some framework that mounts gateways and then answers GET /hello with 'hello',
 * and all else with 404, on a port of this machine that is free.
 */
export type StartApp = (mountings: readonly Mounting[]) => Promise<MountedApp>

export interface MountScenario {
  readonly title: string
  run(start: StartApp): Promise<void>
}

/** What every mount does. A scenario that does not hold rejects. */
export const mountSuite: readonly MountScenario[] = [
  scenario('a client connects once the app has been asked anything', async ({ app, gateway }) => {
    const { url } = await app({ gateway })
    assert.equal((await get(`${url}/hello`)).body, 'hello')
    await converse(`${url}/wherry`)
  }),
  scenario(
    'a client that comes first of all is told to come again, and then served',
    async (host) => {
      const { url } = await host.app({ gateway: host.gateway })
      const first = await upgrade(`${url}/wherry`)
      assert.equal(first.response.statusCode, 503)
      assert.equal(first.response.headers['retry-after'], '1')
      await converse(`${url}/wherry`)
    },
  ),
  scenario(
    'a client that comes first of all is served where the server was given',
    async (host) => {
      const { url, server } = await host.app({ gateway: host.gateway })
      host.gateway.attach(server)
      await converse(`${url}/wherry`)
      await converse(`${url}/wherry?page=2#top`)
    },
  ),
  scenario("the app's own answers are its own", async ({ app, gateway }) => {
    const { url } = await app({ gateway })
    for (const path of ['/', '/wherry/', '/wherry/health/', '/wherry/x', '/wherryx', '/x/wherry']) {
      assert.equal((await get(url + path)).status, 404, path)
    }
    assert.equal((await get(`${url}/hello`)).body, 'hello')
  }),
  scenario('a plain request is told that a WebSocket is served here', async ({ app, gateway }) => {
    const { url } = await app({ gateway })
    for (const path of ['/wherry', '/wherry?x=/hello']) {
      const { status, headers } = await get(url + path)
      assert.equal(status, 426)
      assert.equal(headers.upgrade, 'websocket')
    }
  }),
  scenario('health is ok, and says nothing else', async ({ app, gateway }) => {
    const { url } = await app({ gateway })
    const { status, headers, body } = await get(`${url}/wherry/health?verbose=1`)
    assert.equal(status, 200)
    assert.equal(headers['content-type']?.split(';')[0], 'application/json')
    assert.equal(headers['cache-control'], 'no-store')
    assert.deepEqual(JSON.parse(body), { status: 'ok' })
  }),
  scenario('health is 503 where the database does not answer', async ({ app, gateway, data }) => {
    const { url } = await app({ gateway })
    await data.close()
    const { status, body } = await get(`${url}/wherry/health`)
    assert.equal(status, 503)
    assert.deepEqual(JSON.parse(body), { status: 'unavailable' })
  }),
  scenario('it is mounted in a router by the whole path', async ({ app, gateway }) => {
    const { url } = await app({ gateway, path: '/api/live', prefix: '/api' })
    assert.equal((await get(`${url}/api/live/health`)).status, 200)
    assert.equal((await get(`${url}/live/health`)).status, 404)
    assert.equal((await get(`${url}/api/api/live/health`)).status, 404)
    await converse(`${url}/api/live`)
    assert.equal((await upgrade(`${url}/live`)).response.statusCode, 404)
  }),
  scenario('two gateways are mounted at two paths', async ({ app, gateway, another }) => {
    const other = await another()
    const { url } = await app({ gateway, path: '/one' }, { gateway: other, path: '/two' })
    await get(`${url}/hello`)
    const one = await converse(`${url}/one`)
    const two = await converse(`${url}/two`)
    assert.notEqual(one, two)
    await other.stop()
    assert.equal((await get(`${url}/two/health`)).status, 503)
    assert.equal((await upgrade(`${url}/two`)).response.statusCode, 404)
    assert.equal(await converse(`${url}/one`), one)
  }),
  scenario('one gateway is mounted at two paths', async ({ app, gateway }) => {
    const { url } = await app({ gateway, path: '/one' }, { gateway, path: '/two' })
    await get(`${url}/hello`)
    assert.equal(await converse(`${url}/one`), await converse(`${url}/two`))
  }),
  scenario('an upgrade at another path is refused', async ({ app, gateway }) => {
    const { url } = await app({ gateway })
    await get(`${url}/hello`)
    assert.equal((await upgrade(`${url}/chat`)).response.statusCode, 404)
  }),
  scenario('an upgrade at another path is left to others who listen', async ({ app, gateway }) => {
    const { url, server } = await app({ gateway })
    server.on('upgrade', ({ url: path }: IncomingMessage, socket: Duplex) => {
      if (path === '/chat') socket.end('HTTP/1.1 418 Another\r\nConnection: close\r\n\r\n')
    })
    gateway.attach(server)
    assert.equal((await upgrade(`${url}/chat`)).response.statusCode, 418)
    await converse(`${url}/wherry`)
  }),
  scenario('after stop() the app goes on, and says that the gateway does not', async (host) => {
    const { gateway } = host
    const { url, server } = await host.app({ gateway })
    await get(`${url}/hello`)
    const listeners = server.listenerCount('upgrade')
    const { socket } = await upgrade(`${url}/wherry`)
    const left = new Promise<void>((resolve) =>
      socket!.on('data', () => undefined).on('end', resolve),
    )
    socket!.on('data', () => socket!.end(frame(8, Buffer.from([0x03, 0xe9]))))
    await gateway.stop()
    await left
    assert.equal(server.listenerCount('upgrade'), listeners - 1)
    assert.equal((await get(`${url}/hello`)).body, 'hello')
    const { status, body } = await get(`${url}/wherry/health`)
    assert.deepEqual([status, JSON.parse(body)], [503, { status: 'stopping' }])
    assert.equal((await upgrade(`${url}/wherry`)).response.statusCode, 503)
  }),
]

interface Host {
  readonly gateway: Gateway
  readonly data: { close(): Promise<void> }
  app(...mountings: Mounting[]): Promise<MountedApp>
  /** A gateway of another database. */
  another(): Promise<Gateway>
}

const schema = defineSchema({ notes: collection({ id: t.id(), title: t.text() }) })

/** All that a scenario has started is ended behind it. */
function scenario(title: string, work: (host: Host) => Promise<void>): MountScenario {
  return {
    title,
    async run(start) {
      const ends: (() => Promise<void>)[] = []
      const serve = async () => {
        const data = createDataService({ schema, databases: [memory()] })
        await data.connect()
        const gateway = createGateway({ data, policies: 'open' })
        ends.push(
          () => gateway.stop({ graceMs: 0 }),
          () => data.close(),
        )
        return { data, gateway }
      }
      const app = async (...mountings: Mounting[]) => {
        const started = await start(mountings)
        ends.push(() => started.close())
        return started
      }
      try {
        const another = async () => (await serve()).gateway
        await work({ ...(await serve()), app, another })
      } finally {
        for (const end of ends) await end()
      }
    },
  }
}

interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

function get(url: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body })
      })
    })
    asked.on('error', reject).end()
  })
}

/** Asks for a WebSocket; there is a socket where it was granted. */
function upgrade(url: string): Promise<{ response: IncomingMessage; socket?: Duplex }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': subprotocol,
  }
  return new Promise((resolve, reject) => {
    const asked = request(url.replace(/#.*/, ''), { agent: false, headers })
    asked.on('upgrade', (response, socket) => resolve({ response, socket }))
    asked.on('response', (response) => resolve({ response: response.resume() }))
    asked.on('error', reject).end()
  })
}

/** Says hello and goodbye. Resolves with the name of the log that the gateway serves. */
async function converse(url: string): Promise<string> {
  const { response, socket } = await upgrade(url)
  assert.equal(response.statusCode, 101)
  socket!.write(frame(1, Buffer.from('[{"type":"hello","version":1}]')))
  const generation = await new Promise<string>((resolve, reject) => {
    let heard = ''
    socket!.on('data', (data: Buffer) => {
      heard += data.toString('latin1')
      const [, name] = /"type":"welcome".*"generation":"(\w+)"/.exec(heard) ?? []
      if (name !== undefined) resolve(name)
    })
    socket!.on('close', () => reject(new Error(`no welcome: ${heard}`)))
  })
  socket!.end(frame(8, Buffer.from([0x03, 0xe8])))
  return generation
}

/** A short frame, as a client masks it: with zeros. */
function frame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
