import { createClient, type ClientStatus } from '@wherry/client'
import { describe, expect, it } from 'vitest'
import { caught } from './support/caught.ts'
import { settled } from './support/fake-runtime.ts'
import { connected, start, welcome } from './support/script.ts'

describe('createClient', () => {
  it.each([
    [{}, /'url'/],
    [{ url: 'http://server' }, /'url'/],
    [{ url: 'ws://server#there' }, /'url'/],
    [{ url: 'ws://server', token: 'x' }, /no option "token"/],
    [{ url: 'ws://server', timeoutMs: 0 }, /milliseconds/],
    [{ url: 'ws://server', timeoutMs: 2 ** 31 }, /milliseconds/],
    [{ url: 'ws://server', timeoutMs: '5' }, /milliseconds/],
    [{ url: 'ws://server', reconnect: { baseMs: NaN } }, /milliseconds/],
    [{ url: 'ws://server', reconnect: { base: 1 } }, /no option "base"/],
    [{ url: 'ws://server', reconnect: 5 }, /takes an object/],
    [undefined, /takes an object/],
  ])('refuses %o', (options, message) => {
    const create = () => createClient(options as never)
    expect(create).toThrow(message)
    expect(create).toThrow(expect.objectContaining({ code: 'InvalidOptions' }))
  })

  it('begins to connect at once, by the protocol of this version', async () => {
    const asked: unknown[] = []
    const { socket } = start()
    createClient({ url: 'ws://server', socket: (...args) => (asked.push(args), socket) })
    expect(asked).toEqual([['ws://server', 'wherry.v1']])
    socket.emit('open', {})
    expect(socket.frames).toContain('[{"type":"hello","version":1}]')
  })

  it('has collections by any name but those that mean something to every object', async () => {
    const { db } = await connected()
    expect(db.notes).toBe(db.collection('notes'))
    expect(await Promise.resolve(db)).toBe(db)
    expect(JSON.stringify(db)).toBe('{}')
    expect((db as never)[Symbol.iterator]).toBeUndefined()
    expect(Object.prototype.toString.call(db)).toBe('[object Object]')
  })

  it('rejects calls to a collection that is not there', async () => {
    const { db } = await connected()
    const other = db.collection('others' as 'notes')
    expect(await caught(other.find())).toMatchObject({
      code: 'UnknownCollection',
      message: expect.stringContaining('notes'),
    })
    expect(await caught(other.delete('1'))).toMatchObject({
      code: 'UnknownCollection',
      details: { outcome: 'not-applied' },
    })
  })
})

describe('connect', () => {
  it('resolves once the server has said welcome', async () => {
    const { db, socket } = start()
    const states: string[] = []
    const early = db.connect().then(() => states.push(db.status().state))
    socket.emit('open', {})
    await settled()
    expect(states).toEqual([])
    await socket.say(welcome)
    await early
    await db.connect()
    expect(states).toEqual(['connected'])
  })

  it('waits through failed attempts, and rejects when there will be no connection', async () => {
    const scene = start()
    const connect = caught(scene.db.connect())
    await scene.socket.drop()
    await scene.runtime.advance(1_000)
    await scene.socket.drop(4404, 'speak version 2')
    expect(await connect).toMatchObject({ code: 'ConnectionRefused' })
    expect(await caught(scene.db.connect())).toMatchObject({ code: 'ConnectionRefused' })
    expect(scene.db.status()).toEqual({ state: 'refused', code: 4404, reason: 'speak version 2' })

    const closed = start()
    const waiting = caught(closed.db.connect())
    await closed.db.close()
    expect(await waiting).toMatchObject({ code: 'NotConnected' })
    expect(await caught(closed.db.connect())).toMatchObject({ code: 'NotConnected' })
  })
})

describe('status', () => {
  it('tells of each state what there is to tell, and no more', async () => {
    const scene = start()
    const seen: ClientStatus[] = [scene.db.status()]
    await scene.socket.accept()
    seen.push(scene.db.status())
    await scene.socket.drop(1001, 'GoingAway')
    seen.push(scene.db.status())
    await scene.db.close()
    seen.push(scene.db.status())
    expect(seen).toEqual([
      { state: 'connecting', attempt: 1 },
      { state: 'connected', source: 'script', generation: 'g', since: new Date('2026-01-01') },
      {
        state: 'waiting',
        attempt: 1,
        retryAt: new Date('2026-01-01T00:00:00.050Z'),
        lastError: expect.objectContaining({ code: 'NotConnected' }),
      },
      { state: 'closed' },
    ])
  })
})

describe('ping', () => {
  it('measures the round trip, and remembers it', async () => {
    const { db, runtime, socket } = await connected()
    const ping = db.ping()
    await runtime.advance(12)
    await socket.say({ type: 'pong' })
    expect(await ping).toBe(12)
    expect(db.status()).toMatchObject({ latencyMs: 12 })
  })

  it('rejects where there is no connection, or no longer', async () => {
    const scene = start()
    expect(await caught(scene.db.ping())).toMatchObject({ code: 'NotConnected' })
    await scene.socket.accept()
    const ping = caught(scene.db.ping())
    await scene.socket.drop()
    expect(await ping).toMatchObject({ code: 'NotConnected' })
  })
})

describe('events', () => {
  it('tell of connections that come and go, and of attempts that fail', async () => {
    const scene = start()
    const events: unknown[] = []
    scene.db.on('connected', (event) => events.push(event))
    scene.db.on('disconnected', (event) => events.push(event))
    const stop = scene.db.on('error', ({ code }) => events.push(code))
    await scene.socket.accept()
    await scene.socket.drop(1001, 'GoingAway')
    await scene.runtime.advance(100)
    await scene.socket.drop()
    expect(events.splice(0)).toEqual([
      { source: 'script', generation: 'g' },
      'NotConnected',
      { code: 1001, reason: 'GoingAway' },
      'NotConnected',
    ])
    stop()
    await scene.runtime.advance(1_000)
    await scene.socket.drop(4403, 'HelloRepeated')
    expect(events).toEqual([])
  })

  it('are those that there are', () => {
    const { db } = start()
    expect(() => db.on('open' as 'error', () => {})).toThrow(/no event 'open'/)
  })
})

describe('close', () => {
  it('closes the socket, waits for it, and leaves nothing behind', async () => {
    const { db, runtime, socket } = await connected()
    const events: unknown[] = []
    db.on('disconnected', (event) => events.push(event))
    await db.close()
    expect(socket.closedWith).toBe(1000)
    expect(runtime.pendingTimers).toBe(0)
    await db.close()
    await settled()
    expect(events).toEqual([{ code: 1000, reason: '' }])
  })

  it('waits two seconds for a server that does not answer', async () => {
    const { db, runtime, socket } = await connected()
    socket.close = () => {}
    const states: string[] = []
    void db.close().then(() => states.push('closed'))
    await runtime.advance(1_999)
    expect(states).toEqual([])
    await runtime.advance(1)
    expect(states).toEqual(['closed'])
  })
})
