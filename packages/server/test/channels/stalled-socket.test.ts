import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Frame, Transport } from '../../src/index.ts'
import { createReal, startServer, WsClient } from '../support/http.ts'

const others = 999
const pushes = 400
const title = 'x'.repeat(50_000)
const subscribe = { type: 'subscribe', id: 1, collection: 'notes', query: {} } as const

/** Somebody who keeps up, and counts what comes. */
class Follower implements Transport {
  readonly unsent = 0
  hasRows = false
  pushes = 0

  send({ text }: Frame): void {
    this.hasRows ||= text.includes('"type":"snapshot"')
    if (text.startsWith('[{"type":"push"')) this.pushes++
  }

  close(): void {}
}

it('one of a thousand who stalls costs the others nothing, and the server less than 1 MiB', async () => {
  const { server, gateway, data, port } = await startServer()
  let socket: Socket | undefined
  server.on('connection', (each) => (socket = each))
  await data.notes.insert({ id: 'a', title: '' })
  const stalled = await new WsClient(port).greet()
  stalled.say(subscribe)
  const { offset } = await stalled.hear('snapshot')
  const followers = Array.from({ length: others }, () => {
    const follower = new Follower()
    const connection = gateway.accept(follower)
    connection.receive(JSON.stringify([{ type: 'hello', version: 1 }]))
    connection.receive(JSON.stringify([subscribe]))
    return follower
  })
  while (!followers.every(({ hasRows }) => hasRows)) await new Promise(setImmediate)

  stalled.socket.pause()
  let most = 0
  for (let rank = 0; rank < pushes; rank++) {
    await data.notes.update('a', { rank, title })
    while (!followers.every((follower) => follower.pushes === rank + 1))
      await new Promise(setImmediate)
    most = Math.max(most, socket!.writableLength)
  }
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(512 * 1024)

  // What it had is whole, and what it comes to leads on from there.
  stalled.socket.resume()
  const missed = await stalled.hear('missed')
  expect(missed.changes).toMatchObject([['put', { rank: pushes - 1 }]])
  const before = stalled.heard.filter((message) => message.type === 'push')
  expect(before.length).toBeLessThan(pushes)
  let at = offset
  for (const push of before) {
    expect(push.prev).toBe(at)
    at = push.offset
  }
  stalled.heard.length = 0
  await data.notes.update('a', { rank: pushes })
  expect(await stalled.hear('push')).toMatchObject({ prev: missed.offset })
  expect(stalled.socket.readyState).toBe(1)
}, 30_000)

/** Somebody who takes nothing in. */
class Stalled implements Transport {
  unsent = 0
  readonly sent: Buffer[] = []
  isClosed = false

  send({ bytes }: Frame): void {
    this.unsent += bytes.length
    this.sent.push(bytes)
  }

  close(): void {
    this.isClosed = true
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function usedBytes(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

it('each who stalls costs less than 1 MiB, whatever it follows and asks for', async () => {
  const { gateway, data } = await createReal()
  // 5 MB of rows, all shared with the database.
  const rows = Array.from({ length: 500 }, (_, rank) => ({ rank, title: `${rank}`.repeat(3_000) }))
  for (let at = 0; at < rows.length; at += 100) {
    await data.notes.insertMany(rows.slice(at, at + 100))
  }
  const count = 10
  const before = usedBytes()
  const stalled = Array.from({ length: count }, (_, n) => {
    const transport = new Stalled()
    const connection = gateway.accept(transport)
    connection.receive(JSON.stringify([{ type: 'hello', version: 1 }]))
    // Each another query, so that nothing is shared.
    const query = { where: { rank: { gte: -n } } }
    connection.receive(JSON.stringify([{ ...subscribe, query }]))
    return { transport, connection }
  })
  const isBlocked = () => stalled.every(({ transport }) => transport.unsent >= 256 * 1024)
  while (!isBlocked()) await new Promise(setImmediate)
  for (const { connection } of stalled) {
    const find = { type: 'request', collection: 'notes', method: 'find', args: [{}] }
    const ids = Array.from({ length: 100 }, (_, n) => n + 2)
    connection.receive(JSON.stringify(ids.map((id) => ({ ...find, id }))))
  }
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
  expect((usedBytes() - before) / count).toBeLessThan(1024 * 1024)
  expect(stalled.some(({ transport }) => transport.isClosed)).toBe(false)
  expect(stalled.some(({ transport }) => transport.unsent > 512 * 1024 + 1024)).toBe(false)
}, 30_000)
