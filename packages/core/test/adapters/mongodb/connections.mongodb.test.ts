import { createPair } from '@wherry/testing'
import { isMissing, startServer, type OwnServer } from '@wherry/testing/servers'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { mongodb, type MongodbOptions } from '../../../src/adapters/mongodb/index.ts'
import type { PoolStats } from '../../../src/contract/adapter.ts'
import { isWherryError, type WherryError } from '../../../src/errors/wherry-error.ts'
import { createDataService } from '../../../src/index.node.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { settled } from '../../support/fake-runtime.ts'
import { newMongodb } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int().default(0), version: t.version() }),
})
const hasty = { acquireTimeoutMs: 2_000, statementTimeoutMs: 2_000 }

/** A server of the test's own, which it may kill. */
async function newServer(context: TestContext): Promise<OwnServer & { readonly database: string }> {
  const server = await startServer('mongodb')
  if (isMissing(server)) return context.skip(server.reason)
  onTestFinished(() => server.stop())
  return { ...server, database: (await server.createDatabase()).url }
}

/** Something on a port of this machine that does with connections as it is told. */
async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

/** The way to a server, on which frames may be held back in one direction. */
async function newProxy(url: string) {
  const held: { up: boolean; down: boolean } = { up: false, down: false }
  const { port: target } = new URL(url)
  const port = await listen((client) => {
    const server = connect(Number(target), '127.0.0.1')
    server.on('error', () => client.destroy())
    client.on('data', (bytes) => void (held.up || server.write(bytes)))
    server.on('data', (bytes) => void (held.down || client.write(bytes)))
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
  return { url: url.replace(`:${target}`, `:${port}`), held }
}

const program = `
  import { createDataService } from '@wherry/core'
  import { mongodb } from '@wherry/core/mongodb'
  import { collection, defineSchema, t } from '@wherry/core/schema'
  const schema = defineSchema({ notes: collection({ id: t.id(), n: t.int() }) })
  const database = mongodb({ url: process.argv[1], acquireTimeoutMs: 2_000 })
  const data = createDataService({ schema, databases: [database] })
  try {
    await data.connect()
    data.notes.live().subscribe(() => undefined)
    await Promise.all([data.notes.insert({ n: 1 }), data.notes.insertMany([{ n: 2 }, { n: 3 }])])
    await data.close()
    console.log('closed')
  } catch (error) {
    console.log(error.code)
  }
`

/** What a process says that uses a service and then has to end by itself. */
async function inProcess(url: string): Promise<string> {
  const options = ['--conditions=@wherry/source', '--import=tsx', '--input-type=module']
  const { stdout } = await promisify(execFile)(process.execPath, [...options, '-e', program, url], {
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    timeout: 30_000,
  })
  return stdout.trim()
}

const service = (url: string, options: Omit<MongodbOptions, 'url'> = hasty) =>
  connected(schema, mongodb({ url, ...options }))

const isExpected = (error: unknown): error is WherryError =>
  isWherryError(error) && ['DatabaseUnavailable', 'UnknownOutcome'].includes(error.code)

describe('a service whose MongoDB is away', () => {
  it('says so in time, and works again once it is back', async (context) => {
    const server = await newServer(context)
    const data = await service(server.database)
    await data.notes.insert({ id: 'a' })
    const calls = [
      () => data.notes.find(),
      () => data.notes.get('a'),
      () => data.notes.count({ where: { n: 0 } }),
      () => data.notes.aggregate({ measures: { most: { max: 'n' } } }),
      () => data.ping(),
    ]
    const writes = [
      () => data.notes.insert({}),
      () => data.notes.insertMany([{}, {}]),
      () => data.notes.update('a', { n: 1 }),
      () => data.notes.updateMany({ where: {}, set: { n: 1 } }),
      () => data.notes.delete('b'),
      () => data.notes.deleteMany({ where: { n: 7 } }),
    ]
    for (let round = 0; round < 2; round++) {
      await server.kill()
      const startMs = systemRuntime.monotonic()
      const reads = await Promise.all(calls.map((call) => rejectionOf(call)))
      expect(reads.map(({ code }) => code)).toEqual(calls.map(() => 'DatabaseUnavailable'))
      const errors = await Promise.all(writes.map((write) => rejectionOf(write)))
      for (const { code, details } of errors) {
        const outcome = code === 'UnknownOutcome' ? 'unknown' : 'not-applied'
        expect([code, details.outcome]).toEqual([expect.stringMatching(/Unk|Una/), outcome])
      }
      expect(systemRuntime.monotonic() - startMs).toBeLessThan(20_000)
      await server.restart()
      await eventually(() => data.ping())
      expect(await data.notes.update('a', { n: { increment: 1 } })).toMatchObject({ n: round + 1 })
      expect(await data.notes.count()).toBe(1)
    }
  })

  it('tells of every write what became of it, whenever the server is killed', async (context) => {
    const server = await newServer(context)
    const data = await service(server.database, { ...hasty, max: 8 })
    const outcomes = new Map<string, 'applied' | 'not-applied' | 'unknown'>()
    const progress = { isOver: false }
    const write = async (writer: number) => {
      for (let n = 0; !progress.isOver; n++) {
        const ids = [`${writer}-${n}-a`, `${writer}-${n}-b`]
        const insert = n % 2 === 0 ? ids.map((id) => ({ id })) : [{ id: ids[0]! }]
        const outcome = await data.notes.insertMany(insert).then(
          () => 'applied' as const,
          (error: unknown) => (isExpected(error) ? error.details.outcome! : Promise.reject(error)),
        )
        for (const { id } of insert) outcomes.set(id, outcome)
      }
    }
    const writers = Promise.all(Array.from({ length: 8 }, (_, n) => write(n)))
    for (let round = 1; round <= 3; round++) {
      await eventually(() => expect(outcomes.size).toBeGreaterThan(round * 60))
      await server.kill()
      await server.restart()
    }
    progress.isOver = true
    await writers
    await eventually(() => data.ping())
    const stored = new Set((await data.notes.find()).map(({ id }) => id))
    const wrong = [...outcomes].filter(
      ([id, outcome]) => outcome !== 'unknown' && stored.has(id) !== (outcome === 'applied'),
    )
    expect(wrong).toEqual([])
    expect(new Set(outcomes.values()).size).toBeGreaterThan(1)
  })

  it('makes a mutation once, whenever the server is killed', async (context) => {
    const server = await newServer(context)
    const data = await service(server.database)
    await data.notes.insert({ id: 'a' })
    const told: unknown[] = []
    const { client, close } = createPair({ data, onError: (error) => void told.push(error) })
    onTestFinished(close)
    const counts = { applied: 0, 'not-applied': 0, unknown: 0 }
    const progress = { isOver: false }
    const write = async () => {
      while (!progress.isOver) {
        await client.notes.update('a', { n: { increment: 1 } }).then(
          () => counts.applied++,
          (error: WherryError) => counts[error.details.outcome!]++,
        )
      }
    }
    const writers = Promise.all(Array.from({ length: 4 }, write))
    for (let round = 1; round <= 2; round++) {
      await eventually(() => expect(counts.applied).toBeGreaterThan(round * 20))
      await server.kill()
      await server.restart()
    }
    progress.isOver = true
    await writers
    await eventually(() => data.ping())
    const { n } = await data.notes.get('a')
    expect(n).toBeGreaterThanOrEqual(counts.applied)
    expect(n).toBeLessThanOrEqual(counts.applied + counts.unknown)
    expect(told.every(isExpected)).toBe(true)
  })

  it('gives up a server that takes a call and does not answer', async (context) => {
    const mongo = await newMongodb(context)
    const { url, held } = await newProxy(mongo.url)
    const adapter = mongodb({ url, ...hasty, statementTimeoutMs: 1_000 })
    const data = await connected(schema, adapter)
    await data.notes.insert({ id: 'a' })
    const head = await adapter.log.head()
    held.down = true
    const error = await rejectionOf(() => data.notes.update('a', { n: 1 }))
    expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
    expect(await rejectedCode(() => data.notes.get('a'))).toBe('DatabaseUnavailable')
    held.down = false
    await eventually(() => data.ping())
    expect(await data.notes.get('a')).toMatchObject({ n: 1 })
    if (adapter.capabilities.externalChanges) return
    expect(await rejectedCode(() => adapter.log.read(head))).toBe('PositionLost')
  })
})

describe('connecting to MongoDB', () => {
  it('fails in time where nobody is, and may be tried again', async (context) => {
    const server = await newServer(context)
    await server.kill()
    const data = createDataService({
      schema,
      databases: [mongodb({ url: server.database, ...hasty })],
    })
    onTestFinished(() => data.close())
    for (let round = 0; round < 2; round++) {
      expect(await rejectedCode(() => data.connect())).toBe('DatabaseUnavailable')
    }
    await server.restart()
    await data.connect()
    expect(await data.notes.insert({ id: 'a' })).toMatchObject({ n: 0 })
  })

  it.each<[what: string, onConnection: (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['hangs up', (socket) => void socket.destroy()],
    ['speaks HTTP', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('fails in time where something %s', async (_, onConnection) => {
    const port = await listen(onConnection)
    const url = `mongodb://me:hunter2@127.0.0.1:${port}/db`
    const error = await rejectionOf(() => service(url))
    expect(error).toMatchObject({ code: 'DatabaseUnavailable', retryable: true })
    expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2')
  })

  it('leaves nothing open where it fails', async () => {
    const port = await listen((socket) => void socket.destroy())
    expect(await inProcess(`mongodb://127.0.0.1:${port}/db`)).toBe('DatabaseUnavailable')
  })

  it('is refused where the database must be there and is not', async (context) => {
    const { url } = await newMongodb(context)
    const data = createDataService({ schema, databases: [mongodb({ url })] })
    onTestFinished(() => data.close())
    expect(await rejectedCode(() => data.connect({ ensure: 'verify' }))).toBe('DatabaseMissing')
    await data.connect()
    const another = createDataService({ schema, databases: [mongodb({ url })] })
    onTestFinished(() => another.close())
    await another.connect({ ensure: 'verify' })
  })

  it('is for one service at a time', async (context) => {
    const adapter = (await newMongodb(context)).adapter()
    const data = await connected(schema, adapter)
    expect(await rejectedCode(() => connected(schema, adapter))).toBe('Unsupported')
    await data.notes.insert({ id: 'a' })
  })
})

describe('the pool of connections', () => {
  it('has no more than it may, and tells how many there are', async (context) => {
    const adapter = (await newMongodb(context)).adapter({ max: 3 })
    const data = await connected(schema, adapter)
    const many = Promise.all(Array.from({ length: 30 }, () => data.notes.find()))
    const progress = { isOver: false }
    void many.finally(() => (progress.isOver = true))
    const seen: PoolStats[] = []
    while (!progress.isOver) {
      seen.push(data.stats())
      await settled()
    }
    expect(seen.some(({ waiting }) => waiting > 0)).toBe(true)
    for (const { total, active } of seen) expect(Math.max(total, active)).toBeLessThanOrEqual(3)
    await eventually(() => expect(data.stats()).toMatchObject({ active: 0, waiting: 0 }))
    const { total, idle } = data.stats()
    expect([total > 0, idle]).toEqual([true, total])
    await data.close()
    expect(data.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
  })

  it('closes behind what is under way', async (context) => {
    const { adapter, database } = await newMongodb(context)
    const data = await connected(schema, adapter())
    const writes = Promise.all(Array.from({ length: 50 }, () => data.notes.insert({})))
    await data.close()
    expect(await writes).toHaveLength(50)
    expect(await database.collection('notes').countDocuments({})).toBe(50)
    expect(await rejectedCode(() => data.notes.find())).toBe('NotConnected')
    await data.close()
  })

  it('keeps no process from its end once it is closed', async (context) => {
    const { url, database } = await newMongodb(context)
    expect(await inProcess(url)).toBe('closed')
    expect(await database.collection('notes').countDocuments({})).toBe(3)
  })

  it('closes in time where the server is away', async (context) => {
    const server = await newServer(context)
    const data = await service(server.database)
    await data.notes.insert({})
    await server.kill()
    const waiting = rejectionOf(() => data.notes.find())
    await data.close()
    expect((await waiting).code).toBe('DatabaseUnavailable')
  })
})
