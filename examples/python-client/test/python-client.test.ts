import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDataService } from '@wherry/core'
import { Gate } from '@wherry/core/gate'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t, type Json } from '@wherry/core/schema'
import { createGateway } from '@wherry/server'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { schema } from '../../../packages/core/test/protocol/notes.ts'
import { conversations, frames } from '../../../packages/core/test/protocol/pages.ts'
import { startProxy } from './proxy.ts'

const run = promisify(execFile)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const reference = '../../../docs/reference/protocol'

/** A Python that can run the client, or why there is none. */
let interpreter: string | undefined
let missing = ''
beforeAll(async () => {
  const check = 'import sys, websockets; assert sys.version_info >= (3, 11)'
  // Debian's packages belong to Debian's Python, which need not be the first one.
  for (const program of [process.env['PYTHON_PATH'] ?? 'python3', '/usr/bin/python3']) {
    const fault = await run(program, ['-c', check]).then(
      () => undefined,
      (error: Error) => `${program}: ${error.message.trim().split('\n').at(-1)}`,
    )
    if (fault === undefined) return void (interpreter = program)
    missing += `${missing && '; '}${fault}`
  }
  if (process.env['CI'] === 'true') throw new Error(missing)
})

/** One with relations, which the conversations' has not. */
const library = defineSchema({
  authors: collection({ id: t.id(), name: t.text(), born: t.timestamp().nullable() }),
  books: collection({
    id: t.id(),
    authorId: t.ref('authors'),
    n: t.int(),
    price: t.decimal(5, 2).nullable(),
    at: t.timestamp(),
  }),
}).relations((of) => ({
  authors: { books: of.authors.hasMany('books', 'authorId') },
  books: { author: of.books.belongsTo('authors', 'authorId') },
}))

interface Service {
  connect(): Promise<void>
  close(): Promise<void>
}

/** Returns the port of a gateway to it, which lets clients use all channels but the one named "closed". */
async function serve(data: Service): Promise<number> {
  await data.connect()
  const channels = { allow: (_: string, name: string) => name !== 'closed' }
  const gateway = createGateway({ data, policies: 'open', channels })
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  gateway.attach(server)
  onTestFinished(async () => {
    await gateway.stop({ graceMs: 100 })
    server.close()
    await data.close()
  })
  return (server.address() as AddressInfo).port
}

/** Which breaks connections. */
async function proxyTo(port: number) {
  const proxy = await startProxy(port)
  onTestFinished(() => proxy.close())
  return proxy
}

const createNotes = () => createDataService({ schema, databases: [memory()], channels: {} })

async function python(script: string, args: string[], input = ''): Promise<unknown> {
  const running = run(interpreter!, [here(script), ...args], { timeout: 60_000 })
  running.child.stdin?.end(input)
  const { stdout } = await running
  return JSON.parse(stdout)
}

/** What clients cannot do, in the scenarios that go on with it: they are held up to there. */
const beyondClients = Object.fromEntries(
  conversations.scenarios.flatMap(({ number, steps }) => {
    const kinds = steps.flatMap((step) => Object.keys(step))
    const beyond = kinds.find((kind) => ['wait', 'database', 'stop'].includes(kind))
    return beyond === undefined ? [] : [[number, beyond]]
  }),
)

/** Rows with texts in place of the conversations' constants. */
function withConstants(rows: readonly Json[]): Json[] {
  const texts = Object.entries(conversations.constants).map(([name, { repeat, times }]) => {
    return [name, repeat.repeat(times)] as const
  })
  const named = new Map(texts)
  const resolve = (_: string, value: unknown) => named.get(value as string) ?? value
  return JSON.parse(JSON.stringify(rows, resolve)) as Json[]
}

describe('The client in Python', () => {
  test('reads every frame and holds every conversation of the test vectors', async ({ skip }) => {
    if (interpreter === undefined) skip(missing)
    const urls: Record<string, string> = {}
    for (const { number, rows } of conversations.scenarios) {
      const data = createNotes()
      const port = await serve(data)
      // In the row codec, as they travel.
      const args = [withConstants(rows['notes']!)]
      await new Gate(data).mutate('rows', { collection: 'notes', method: 'insertMany', args })
      urls[number] = `ws://127.0.0.1:${port}/wherry`
    }
    const files = [here(`${reference}/frames.json`), here(`${reference}/conversations.json`)]
    const result = await python('vectors.py', files, JSON.stringify(urls))
    expect(result).toEqual({
      frames: frames.filter(({ direction }) => direction === 'down').length,
      scenarios: conversations.scenarios.length,
      partly: beyondClients,
    })
  }, 60_000)

  test('writes once and follows to the end, however often its connection breaks', async ({
    skip,
  }) => {
    if (interpreter === undefined) skip(missing)
    const data = createNotes()
    const proxy = await proxyTo(await serve(data))
    const count = 200
    const result = await python('behaviour.py', [`ws://127.0.0.1:${proxy.port}/wherry`, `${count}`])
    const scores = Array.from({ length: count }, (_, index) => count - 1 - index)
    expect(result).toEqual({
      values: true,
      conflict: ['VersionConflict', 1, 1],
      refused: 'Unsupported',
      told: expect.any(Number) as number,
      rows: scores,
    })
    const rows = await data.notes.find({ orderBy: { score: 'desc' } })
    expect(rows.map(({ score }) => score)).toEqual(scores)
    expect(proxy.cuts).toBeGreaterThan(3)
  }, 60_000)

  test('leaves nobody waiting when it ends, and does not end before it must', async ({ skip }) => {
    if (interpreter === undefined) skip(missing)
    const failed = expect.stringMatching(/^the client has failed: /) as string
    expect(await python('endings.py', [])).toEqual({
      closed_as_it_connects: null,
      given_up_before_it_connects: 0,
      no_url: failed,
      unreadable_welcome: ['unknown', failed, failed, failed],
      wrong_queries: ['UnknownCollection', 0],
      unreadable_change: [failed, failed],
      changes_that_cannot_be_had_yet: [
        ['error', 'created', 'deleted'],
        ['g:4', 'g:4', null],
        'Unheard',
        0,
      ],
      changes_that_never_began: ['error', 'gap'],
      forgotten_iterators: ['subscribe', 'subscribe'],
      presence_that_breaks: [
        ['insert', 'insert', 'insert', 'update', 'insert', 'insert', 'insert'],
        [1, 1, 1, 2, 2, 2, 2].map((n) => ({ n })),
        'NotFound',
      ],
      presence_given_up: ['NotFound', ['insert', 'insert']],
      many_calls: 1_200,
      long_without_a_server: 10,
    })
  }, 60_000)

  const count = 60
  const numbers = Array.from({ length: count }, (_, n) => n)
  const scenarios: Record<string, unknown> = {
    includes: [true, true, true, null, 'UnknownRelation'],
    live_includes: [numbers, true, true],
    values: [0, [], true],
    changes: {
      all: numbers.flatMap((n) => [
        ['created', n],
        ['updated', n],
      ]),
      some: numbers.map((n) => ['updated', n]),
      old: true,
      again: true,
      elsewhere: ['gap', 'deleted'],
      refused: 'InvalidQuery',
    },
    messages: {
      begun: ['opened', null],
      heard: numbers,
      again: true,
      history: numbers.slice(-3),
      later: [],
      refused: Array.from({ length: 4 }, () => 'NotFound'),
    },
    subscribers: numbers,
    presence: {
      begun: [],
      entered: [['ann'], ['ann']],
      updated: [['anna'], [], []],
      broken: [['anna'], ['anna'], true],
      left: [],
    },
  }

  test.for(Object.entries(scenarios))(
    'is told what others do, however often its connection breaks: %s',
    async ([name, result], { skip }) => {
      if (interpreter === undefined) skip(missing)
      const port = await serve(
        createDataService({ schema: library, databases: [memory()], channels: {} }),
      )
      const proxy = await proxyTo(port)
      const urls = [proxy.port, port].map((each) => `ws://127.0.0.1:${each}/wherry`)
      expect(await python('following.py', [name, ...urls, `${count}`])).toEqual(result)
      expect(proxy.cuts).toBeGreaterThan(0)
    },
  )
})
