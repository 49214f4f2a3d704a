import { describe, expect, it } from 'vitest'
import { maxFrameBytes } from '@wherry/core/protocol'
import { frame, honest, RawClient, startServer, WsClient } from '../support/http.ts'

const text = 1
const binary = 2
const hello = '[{"type":"hello","version":1}]'

/** Somebody whose WebSocket is open, beside somebody honest. */
async function withHonest() {
  const server = await startServer()
  const stillWorks = await honest(server.port)
  const attacker = async () => {
    const client = new RawClient(server.port).upgrade()
    expect(await client.status()).toBe(101)
    return client
  }
  return { ...server, stillWorks, attacker }
}

/** A frame of the protocol of exactly so many bytes. */
function frameOf(bytes: number): string {
  const rest = JSON.stringify([
    { type: 'request', id: 1, collection: 'notes', method: 'get', args: [''] },
  ])
  return rest.replace('""', `"${'x'.repeat(bytes - rest.length)}"`)
}

describe('a hostile frame is answered with its close code, and others notice nothing:', () => {
  it.each<[string, number, (client: RawClient) => void]>([
    ['64 KiB and a byte', 1009, (client) => client.frame(text, frameOf(maxFrameBytes + 1))],
    [
      '64 KiB and a byte, in parts',
      1009,
      (client) => {
        client.frame(text, frameOf(maxFrameBytes).slice(0, 60_000), false)
        client.frame(0, 'x'.repeat(5_537))
      },
    ],
    [
      'a length of 2^63, and nothing behind it',
      1009,
      (client) => client.write(Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255])),
    ],
    ['a binary frame', 1003, (client) => client.frame(binary, hello)],
    ['an empty binary frame', 1003, (client) => client.frame(binary, '')],
    ['bad UTF-8', 1007, (client) => client.frame(text, Buffer.from([0x5b, 0xff, 0xfe, 0x5d]))],
    [
      'half a surrogate in UTF-8',
      1007,
      (client) => client.frame(text, Buffer.from([0xed, 0xa0, 0x80])),
    ],
    ['9 KiB of [', 4400, (client) => client.frame(text, '['.repeat(9 * 1024))],
    ['{toString: ""}', 4400, (client) => client.frame(text, '{"toString":""}')],
    [
      'a part with a long name in letters of many bytes',
      4400,
      (client) => client.frame(text, `[{"type":"hello","version":1,"${'€'.repeat(200)}":1}]`),
    ],
    ['a request before hello', 4401, (client) => client.frame(text, '[{"type":"ping"}]')],
    ['a second hello', 4403, (client) => client.frame(text, hello).frame(text, hello)],
    ['a wrong version', 4404, (client) => client.frame(text, '[{"type":"hello","version":3}]')],
    [
      '65 fragments',
      1008,
      (client) => {
        for (let n = 0; n < 65; n++) client.frame(n === 0 ? text : 0, 'x', false)
      },
    ],
    ['a frame without a mask', 1002, (client) => client.write(Buffer.from([0x81, 0x01, 0x5b]))],
    ['a compressed frame', 1002, (client) => client.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0]))],
    ['an unknown opcode', 1002, (client) => client.frame(5, '')],
    ['a continuation of nothing', 1002, (client) => client.frame(0, 'x')],
    ['a long ping', 1002, (client) => client.frame(9, 'x'.repeat(126))],
  ])('%s', async (_, code, attack) => {
    const { stillWorks, attacker, errors } = await withHonest()
    const client = await attacker()
    attack(client)
    expect(await client.closeCode()).toBe(code)
    await stillWorks()
    expect(errors).toEqual([])
  })

  it('and 64 KiB are none', async () => {
    const { port } = await startServer()
    const client = await new WsClient(port).greet()
    client.socket.send(frameOf(maxFrameBytes))
    expect(await client.hear('error')).toMatchObject({ code: 'InvalidValue' })
  })

  it('half a frame is waited for until the connection ends', async () => {
    const { stillWorks, attacker, gateway } = await withHonest()
    const client = await attacker()
    client.write(frame(text, Buffer.from(hello)).subarray(0, 12))
    await stillWorks()
    expect(gateway.connections).toBe(2)
    client.socket.destroy()
    while (gateway.connections > 1) await stillWorks()
  })

  it('valid JSON that nests 30,000 deep is answered with an error, wherever it stands', async () => {
    const { port } = await startServer()
    const client = await new WsClient(port).greet()
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    const objects = '{"NOT":'.repeat(7_000) + '{}' + '}'.repeat(7_000)
    const calls = [
      `"type":"request","collection":"notes","method":"get","args":[${deep}]`,
      `"type":"request","collection":"notes","method":"find","args":[${deep}]`,
      `"type":"request","collection":"notes","method":"find","args":[{"where":${objects}}]`,
      `"type":"request","collection":"notes","method":"find","args":[{"where":{"data":${deep}}}]`,
      `"type":"request","collection":"notes","method":"find","args":[{"where":{"rank":{"in":${deep}}}}]`,
      `"type":"request","collection":"notes","method":"find","args":[{"orderBy":${deep}}]`,
      `"type":"request","collection":"notes","method":"page","args":[{"after":${deep}}]`,
      `"type":"request","collection":"notes","method":"aggregate","args":[{"measures":${deep}}]`,
      `"type":"mutate","mutationId":"m","collection":"notes","method":"insert","args":[{"data":${deep}}]`,
      `"type":"mutate","mutationId":"m","collection":"notes","method":"insertMany","args":[${deep}]`,
      `"type":"mutate","mutationId":"m","collection":"notes","method":"update","args":["a",{"rank":{"increment":${deep}}}]`,
      `"type":"subscribe","collection":"notes","query":{"where":${objects}}`,
      `"type":"subscribe","collection":"notes","query":${deep}`,
    ]
    for (const [id, call] of calls.entries()) {
      client.socket.send(`[{"id":${id},${call}}]`)
      expect(await client.hear('error'), call.slice(0, 100)).toMatchObject({ id })
    }
    expect(await client.count()).toBe(0)
  })

  it('a hundred sockets of tiny fragments cost little', async () => {
    const { stillWorks, attacker } = await withHonest()
    const before = process.memoryUsage().rss
    const clients = await Promise.all(Array.from({ length: 100 }, attacker))
    const crumbs = Buffer.concat(
      Array.from({ length: 60 }, (_, n) => frame(n === 0 ? text : 0, Buffer.from('x'), false)),
    )
    for (const client of clients) client.write(crumbs)
    await stillWorks()
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024)
    for (const client of clients) for (let n = 0; n < 10; n++) client.frame(0, 'x', false)
    const codes = await Promise.all(clients.map((client) => client.closeCode()))
    expect(new Set(codes)).toEqual(new Set([1008]))
    await stillWorks()
  })

  it('pings without end by somebody who does not read are not answered without end', async () => {
    const { stillWorks, attacker, gateway } = await withHonest()
    const client = await attacker()
    client.socket.pause()
    const pings = Buffer.concat(Array.from({ length: 2_000 }, () => frame(9, Buffer.alloc(125))))
    for (let n = 0; gateway.connections > 1 && n < 200; n++) {
      client.write(pings)
      await stillWorks()
    }
    expect(gateway.connections).toBe(1)
  })
})

describe('a hostile upgrade is refused, and others notice nothing:', () => {
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`X-${n}`, 'x']))
  const long = { 'X-Long': 'x'.repeat(20_000) }
  it.each<[string, number, (client: RawClient) => void]>([
    [
      'another subprotocol',
      400,
      (client) => client.upgrade({ 'Sec-WebSocket-Protocol': 'wherry.v0' }),
    ],
    ['no subprotocol', 400, (client) => client.upgrade({ 'Sec-WebSocket-Protocol': undefined })],
    [
      'a subprotocol that is none',
      400,
      (client) => client.upgrade({ 'Sec-WebSocket-Protocol': 'wherry.v1,,' }),
    ],
    ['another version', 400, (client) => client.upgrade({ 'Sec-WebSocket-Version': '7' })],
    ['no key', 400, (client) => client.upgrade({ 'Sec-WebSocket-Key': undefined })],
    ['another protocol', 400, (client) => client.upgrade({ Upgrade: 'h2c' })],
    ['2,000 headers', 431, (client) => client.upgrade({ ...many, ...long })],
    ['another path', 404, (client) => client.upgrade({}, '/wherry/')],
    ['a path with dots', 404, (client) => client.upgrade({}, '/x/../wherry')],
    [
      'an address from elsewhere',
      403,
      (client) => client.upgrade({ 'X-Forwarded-For': '1.2.3.4' }),
    ],
  ])('%s', async (_, status, attack) => {
    const { port, stillWorks, gateway } = await withHonest()
    const client = new RawClient(port)
    attack(client)
    expect(await client.status()).toBe(status)
    // Though the client does not end its half of the connection, the server does.
    await client.ended
    await stillWorks()
    expect(gateway.connections).toBe(1)
  })

  it('another method', async () => {
    const { port, stillWorks } = await withHonest()
    const client = new RawClient(port).write(
      'POST /wherry HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
        'Sec-WebSocket-Protocol: wherry.v1\r\n\r\n',
    )
    expect(await client.status()).toBe(405)
    await stillWorks()
  })

  it.each([
    ['Sec-WebSocket-Extensions: constructor', 'constructor'],
    ['compression', 'permessage-deflate; client_max_window_bits'],
  ])('but for %s, which is let pass and not agreed to', async (_, extensions) => {
    const { port, stillWorks } = await withHonest()
    const client = new RawClient(port).upgrade({ 'Sec-WebSocket-Extensions': extensions })
    expect(await client.status()).toBe(101)
    expect(client.received.toString('latin1')).not.toMatch(/extensions/i)
    await stillWorks()
  })

  it('but for a body, which is taken for frames and closes the connection', async () => {
    const { port, stillWorks } = await withHonest()
    const client = new RawClient(port).upgrade({ 'Content-Length': '5' }).write('hello')
    expect(await client.status()).toBe(101)
    expect(await client.closeCode()).toBe(1002)
    await stillWorks()
  })

  it('and sockets that vanish in the middle of it are gone', async () => {
    const { port, stillWorks, gateway, errors } = await withHonest()
    for (let n = 0; n < 50; n++) {
      const client = new RawClient(port)
      const isRefused = n % 2 === 0
      client.upgrade(isRefused ? { Origin: 'https://evil.example' } : {})
      if (n % 5 === 0) client.frame(text, hello)
      client.socket.resetAndDestroy()
    }
    await stillWorks()
    while (gateway.connections > 1) await stillWorks()
    expect(errors).toEqual([])
  })
})
