import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createReal, listen, RawClient, startServer, WsClient } from '../support/http.ts'

/** A server as whoever serves nothing else has it: no plain request is answered. */
async function startBare() {
  const real = await createReal()
  const server = createServer()
  real.gateway.attach(server)
  return { ...real, server, port: await listen(server) }
}

const count = 40

describe('a gateway that stops', () => {
  it(`lets ${count} clients go that come back to another server, and keeps none of them waiting`, async () => {
    const here = await startBare()
    const clients = Array.from({ length: count }, () => new WsClient(here.port))
    for (const client of clients) await client.greet()
    const statuses: number[] = []
    let hasMoved: (port: number) => void = () => {}
    const moved = new Promise<number>((resolve) => (hasMoved = resolve))
    const comeBack = async (client: WsClient) => {
      expect(await client.ended).toMatchObject({ code: 1001 })
      statuses.push(await new WsClient(here.port).status())
      return new WsClient(await moved).greet()
    }
    const back = clients.map(comeBack)
    await here.gateway.stop()
    // Who comes when the stop is over is not kept waiting either, so that the server can end.
    expect(await new WsClient(here.port).status()).toBe(503)
    const late = new RawClient(here.port).upgrade()
    await late.ended
    expect(late.received.toString('latin1')).toMatch(/Connection: close[^]*Retry-After: 1/)
    await new Promise((resolve) => here.server.close(resolve))
    const there = await startBare()
    hasMoved(there.port)
    await Promise.all(back)
    expect(there.gateway.connections).toBe(count)
    expect(statuses).toEqual(Array.from({ length: count }, () => 503))
  })

  it('leaves upgrades to the application once it has stopped', async () => {
    const { server, gateway, port } = await startServer()
    await gateway.stop()
    expect(server.listenerCount('upgrade')).toBe(0)
    expect(await new WsClient(port).status()).toBe(404)
  })

  it('leaves its place to another', async () => {
    const { server, gateway, port } = await startBare()
    const stopped = gateway.stop()
    const next = await createReal()
    next.gateway.attach(server)
    await new WsClient(port).greet()
    await stopped
    await new WsClient(port).greet()
    expect(next.gateway.connections).toBe(2)
  })
})
