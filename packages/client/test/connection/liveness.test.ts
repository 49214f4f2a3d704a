import { expect, it } from 'vitest'
import { connected } from '../support/script.ts'

const ping = '[{"type":"ping"}]'

it('asks for a sign of life when nothing was heard for 25 seconds', async () => {
  const { db, runtime, socket } = await connected()
  await runtime.advance(24_999)
  expect(socket.frames).not.toContain(ping)
  await runtime.advance(1)
  expect(socket.frames).toContain(ping)
  await runtime.advance(3)
  await socket.say({ type: 'pong' })
  expect(db.status()).toMatchObject({ state: 'connected', latencyMs: 3 })
  await runtime.advance(24_999)
  expect(socket.frames.filter((frame) => frame === ping)).toHaveLength(1)
  await runtime.advance(1)
  expect(socket.frames.filter((frame) => frame === ping)).toHaveLength(2)
})

it('takes everything for a sign of life', async () => {
  const { db, runtime, socket } = await connected()
  await runtime.advance(20_000)
  await socket.say({ type: 'settled', mutationIds: [] })
  await runtime.advance(24_999)
  expect(socket.frames).not.toContain(ping)
  await runtime.advance(10_000)
  await socket.say({ type: 'settled', mutationIds: [] })
  await runtime.advance(10_000)
  expect(db.status().state).toBe('connected')
})

it('gives a connection up ten seconds after it asked in vain', async () => {
  const scene = await connected()
  const events: unknown[] = []
  scene.db.on('disconnected', (event) => events.push(event))
  await scene.runtime.advance(34_999)
  expect(scene.db.status().state).toBe('connected')
  await scene.runtime.advance(1)
  expect(scene.db.status()).toMatchObject({ state: 'waiting', attempt: 1 })
  expect(scene.socket.closedWith).toBe(4408)
  expect(events).toEqual([{ code: 4408, reason: 'Silent' }])
  await scene.runtime.advance(100)
  await scene.socket.accept()
  expect(scene.db.status().state).toBe('connected')
})

it('needs one timer for all of it', async () => {
  const { runtime, socket } = await connected()
  for (let i = 0; i < 20; i++) {
    await runtime.advance(1_000)
    await socket.say({ type: 'settled', mutationIds: [] })
  }
  expect(runtime.pendingTimers).toBe(1)
})
