import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { strangerFault } from '../../src/transport/loopback.ts'
import { createReal, listen, RawClient, startServer } from '../support/http.ts'

type Request = Parameters<typeof strangerFault>[0]

function from(
  remoteAddress: string | undefined,
  headers: Record<string, string | undefined>,
): Request {
  const rawHeaders = Object.entries(headers).flat()
  return { socket: { remoteAddress }, headers, rawHeaders } as unknown as Request
}

describe('without policies the gateway serves', () => {
  it.each<[string | undefined, string | undefined, string | undefined]>([
    ['127.0.0.1', 'localhost', undefined],
    ['127.0.0.1', 'localhost:3001', 'http://localhost:3001'],
    ['127.0.0.1', 'LOCALHOST:3001', 'HTTP://LocalHost:3001'],
    ['127.0.0.1', 'localhost:3001', 'https://localhost'],
    ['127.0.0.1', 'localhost:3001', 'http://127.0.0.1:5173'],
    ['127.8.9.10', '127.8.9.10:80', 'http://127.8.9.10'],
    ['::1', '[::1]:3000', 'http://[::1]:3000'],
    ['::1', '[::1]', undefined],
    ['::ffff:127.0.0.1', 'localhost', 'http://localhost'],
  ])('%s, which asks for %s from a page of %s', (address, host, origin) => {
    expect(strangerFault(from(address, { host, origin }))).toBeUndefined()
  })

  it.each<[string | undefined, string | undefined, string | undefined]>([
    // Another machine.
    ['192.168.1.7', 'localhost', undefined],
    ['::ffff:192.168.1.7', 'localhost', undefined],
    ['fe80::1', 'localhost', undefined],
    ['128.0.0.1', 'localhost', undefined],
    ['0.0.0.0', 'localhost', undefined],
    ['::127.0.0.1', 'localhost', undefined],
    [undefined, 'localhost', undefined],
    // A name of somebody else that leads here: DNS rebinding, or a forgotten proxy.
    ['127.0.0.1', 'evil.example:3000', undefined],
    ['127.0.0.1', 'evil.example:3000', 'http://evil.example:3000'],
    ['127.0.0.1', 'localhost.evil.io', undefined],
    ['127.0.0.1', 'localhost:3000.evil.io', undefined],
    ['127.0.0.1', 'evil.io/localhost', undefined],
    ['127.0.0.1', 'localhost@evil.io', undefined],
    ['127.0.0.1', 'evil.io@localhost', undefined],
    ['127.0.0.1', '127.0.0.1.nip.io', undefined],
    ['127.0.0.1', '127.0.0.1:', undefined],
    ['127.0.0.1', '::1', undefined],
    ['127.0.0.1', '[::]', undefined],
    ['127.0.0.1', '0.0.0.0:3000', undefined],
    ['127.0.0.1', '10.0.0.1', undefined],
    ['127.0.0.1', 'xlocalhost', undefined],
    ['127.0.0.1', 'localhost\nx', undefined],
    ['127.0.0.1', '', undefined],
    ['127.0.0.1', undefined, undefined],
    // A page from elsewhere.
    ['127.0.0.1', 'localhost', 'null'],
    ['127.0.0.1', 'localhost', ''],
    ['127.0.0.1', 'localhost', 'https://evil.example'],
    ['127.0.0.1', 'localhost', 'https://app.com.evil.io'],
    ['127.0.0.1', 'localhost', 'http://localhost.evil.io'],
    ['127.0.0.1', 'localhost', 'http://localhost:3000.evil.io'],
    ['127.0.0.1', 'localhost', 'http://localhost@evil.io'],
    ['127.0.0.1', 'localhost', 'http://evil.io/localhost'],
    ['127.0.0.1', 'localhost', 'http://localhost/'],
    ['127.0.0.1', 'localhost', 'http://localhost, http://evil.io'],
    ['127.0.0.1', 'localhost', 'file://localhost'],
    ['127.0.0.1', 'localhost', 'file://'],
    ['127.0.0.1', 'localhost', 'chrome-extension://localhost'],
    ['127.0.0.1', 'localhost', 'localhost'],
  ])('not %s, which asks for %j from a page of %j', (address, host, origin) => {
    expect(strangerFault(from(address, { host, origin }))).toMatch(/its own machine only/)
  })

  it.each([
    'forwarded',
    'forwarded-for',
    'via',
    'cdn-loop',
    'x-forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-anything',
    'x-original-host',
    'x-original-forwarded-for',
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'x-proxyuser-ip',
    'client-ip',
    'true-client-ip',
    'fastly-client-ip',
    'cf-connecting-ip',
    'x-envoy-external-address',
    'x-amzn-trace-id',
  ])('nothing that carries %s, whatever it holds', (name) => {
    const headers = { host: 'localhost', origin: 'http://localhost', [name]: '127.0.0.1' }
    expect(strangerFault(from('127.0.0.1', headers))).toContain(name)
    expect(strangerFault(from('127.0.0.1', { ...headers, [name]: '' }))).toContain(name)
  })

  it('what carries other headers', () => {
    const headers = {
      host: 'localhost',
      cookie: 'a=b',
      'x-trip': '1',
      'x-forward': '1',
      'x-request-id': '7',
    }
    expect(strangerFault(from('127.0.0.1', headers))).toBeUndefined()
  })
})

describe('an upgrade', () => {
  it('from this machine is let in, with an Origin and without', async () => {
    const { port } = await startServer()
    for (const origin of [undefined, `http://localhost:${port}`, 'http://[::1]']) {
      const client = new RawClient(port).upgrade({ Host: `localhost:${port}`, Origin: origin })
      expect(await client.status()).toBe(101)
    }
  })

  it.each<Record<string, string>>([
    { Host: 'evil.example' },
    { Origin: 'null' },
    { Origin: 'https://localhost.evil.io' },
    { Forwarded: 'for=127.0.0.1' },
    { Via: '1.1 proxy' },
    { 'X-FORWARDED-FOR': '127.0.0.1' },
  ])('with %j is refused with 403 and the reason', async (headers) => {
    const { port, gateway } = await startServer()
    const client = new RawClient(port).upgrade(headers)
    expect(await client.status()).toBe(403)
    await client.ended
    expect(client.received.toString()).toMatch(/Without policies .* is refused/)
    expect(gateway.connections).toBe(0)
  })

  it('with two Origins is refused, though one of them is this machine', async () => {
    const { port } = await startServer()
    const client = new RawClient(port).write(
      'GET /wherry HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.io\r\n' +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wherry.v1\r\n\r\n',
    )
    expect(await client.status()).toBe(403)
  })

  it('by IPv6 is let in', async ({ skip }) => {
    const hasIpv6 = Object.values(networkInterfaces())
      .flat()
      .some((each) => each?.address === '::1')
    skip(!hasIpv6, 'this machine has no ::1')
    const { gateway } = await createReal()
    const server = createServer()
    gateway.attach(server)
    const port = await listen(server, '::1')
    const client = new RawClient(port, '::1').upgrade({ Host: `[::1]:${port}` })
    expect(await client.status()).toBe(101)
  })

  it('by an address of this machine that others know too is refused', async ({ skip }) => {
    const outer = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')
    skip(outer === undefined, 'this machine has no address but loopback')
    const { gateway } = await createReal()
    const server = createServer()
    gateway.attach(server)
    const port = await listen(server, '0.0.0.0')
    const client = new RawClient(port, outer!.address).upgrade({ Host: 'localhost' })
    expect(await client.status()).toBe(403)
  })

  it('not a request of so many headers that node would not show all of them', () => {
    const filler = Array.from({ length: 101 }, (_, n) => [`a${n}`, ''] as const)
    const request = from('127.0.0.1', { host: 'localhost', ...Object.fromEntries(filler) })
    expect(strangerFault(request)).toContain('more headers')
  })
})
