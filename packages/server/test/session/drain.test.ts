import { describe, expect, it } from 'vitest'
import { serve } from '../support/fixture.ts'
import type { TestClient } from '../support/test-client.ts'

const count = { type: 'request', collection: 'notes', method: 'count', args: [] } as const

async function withClients(size: number) {
  const fixture = await serve()
  const clients: TestClient[] = []
  while (clients.length < size) clients.push(await fixture.open())
  const open = () => clients.filter(({ closed }) => closed === undefined)
  return { ...fixture, clients, left: open }
}

describe('a gateway that stops', () => {
  it('lets clients go ten at a time', async () => {
    const { gateway, runtime, left } = await withClients(100)
    const stopped = gateway.stop()
    const sizes: number[] = []
    for (let ms = 0; ms < 200; ms += 20) {
      await runtime.advance(ms === 0 ? 0 : 20)
      sizes.push(left().length)
    }
    await stopped
    expect(sizes).toEqual([90, 80, 70, 60, 50, 40, 30, 20, 10, 0])
    expect(runtime.pendingTimers).toBe(0)
  })

  it('lets more go at a time where the grace period is short', async () => {
    const { gateway, runtime, left } = await withClients(100)
    const stopped = gateway.stop({ graceMs: 75 })
    const sizes: number[] = []
    for (let ms = 0; ms < 80; ms += 20) {
      await runtime.advance(ms === 0 ? 0 : 20)
      sizes.push(left().length)
    }
    await stopped
    expect(sizes).toEqual([75, 50, 25, 0])
  })

  it('lets all go at once where there is no grace', async () => {
    const { gateway, runtime, left } = await withClients(30)
    await runtime.drive(gateway.stop({ graceMs: 0 }))
    expect(left()).toEqual([])
  })

  it('lets clients go in an order of chance', async () => {
    const { gateway, runtime, clients, left } = await withClients(20)
    const stopped = gateway.stop()
    await runtime.advance(0)
    expect(left()).toHaveLength(10)
    expect(left()).not.toEqual(clients.slice(0, 10))
    expect(left()).not.toEqual(clients.slice(10))
    await runtime.drive(stopped)
  })

  it('serves whoever waits to be let go', async () => {
    const { gateway, runtime, data, left } = await withClients(20)
    const stopped = gateway.stop()
    await runtime.advance(0)
    const [waiting] = left()
    waiting!.say({ type: 'subscribe', id: 1, collection: 'notes', query: {} })
    await waiting!.hear('snapshot')
    await data.notes.insert({ title: 'news' })
    await waiting!.hear('push')
    expect(await waiting!.ask(count)).toMatchObject({ value: 1 })
    await runtime.drive(stopped)
    expect(waiting!.closed).toEqual({ code: 1001, reason: 'GoingAway' })
  })

  it('waits for nobody when all have left by themselves', async () => {
    const { gateway, runtime, clients } = await withClients(40)
    const stopped = gateway.stop()
    await runtime.advance(0)
    for (const client of clients) client.leave()
    await runtime.advance(20)
    await stopped
    expect(gateway.connections).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })
})
