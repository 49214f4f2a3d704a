import { beforeEach, describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import type { Json } from '../../src/lib/json.ts'
import { Gate, type Call } from '../../src/gate/gate.ts'
import type { ReadMethod, WriteMethod } from '../../src/query/calls.ts'
import { fromDescriptor } from '../../src/schema/from-descriptor.ts'
import { rejectedCode, rejectionOf } from '../support/errors.ts'
import { engines, schema, serve, type Served } from './services.ts'

function call<M extends ReadMethod | WriteMethod>(method: M, ...args: Json[]): Call<M> {
  return { collection: 'notes', method, args }
}

/** A row as it travels. */
const row = {
  id: 'n1',
  title: 'one',
  rank: 3,
  total: '9223372036854775807',
  price: '7.50',
  at: '2026-01-31T12:00:00.000Z',
  photo: '00ff',
  tags: ['a', 'ü'],
  data: { k: [1, null] },
}
const stored = { ...row, version: 1 }
const empty = { total: null, price: null, at: null, photo: null, tags: null, data: null }
const second = { id: 'n2', title: 'two', rank: 5, ...empty, version: 1 }

describe.each(Object.entries(engines))('the gate to %s', (name, adapter) => {
  let served: Served
  let gate: Gate
  beforeEach(async () => {
    served = await serve(adapter())
    gate = served.gate
    const rows = [row, { id: 'n2', title: 'two', rank: 5 }]
    await gate.mutate('first', call('insertMany', rows))
  })
  const read = async (method: ReadMethod, ...args: Json[]) =>
    (await gate.read(call(method, ...args))).value

  it('answers every read in the row codec', async () => {
    const where = { total: { gte: '1' }, at: row.at, photo: '00ff', tags: { has: 'ü' } }
    expect(await read('find', { where })).toEqual([stored])
    expect(await read('find')).toEqual([stored, second])
    expect(await read('findOne', { where: { title: 'two' } })).toEqual(second)
    expect(await read('findOne', { where: { title: 'none' } })).toBeNull()
    expect(await read('get', 'n1')).toEqual(stored)
    expect(await read('get', 'n1', { select: ['total'] })).toEqual({ total: row.total })
    expect(await read('count')).toBe(2)
    expect(await read('count', { where: { rank: { gt: 3 } } })).toBe(1)
    const measures = {
      n: 'count',
      sum: { sum: 'total' },
      last: { max: 'at' },
      mean: { avg: 'rank' },
    }
    expect(await read('aggregate', { measures, having: { sum: { gt: '5' } } })).toEqual([
      { n: 2, sum: row.total, last: row.at, mean: 4 },
    ])
  })

  it('reads pages by their cursors', async () => {
    const query = { select: ['id'], orderBy: { rank: 'desc' }, limit: 1 }
    const first = (await read('page', query)) as { rows: Json; next: string }
    expect(first).toEqual({ rows: [{ id: 'n2' }], next: expect.any(String) })
    const after = first.next
    expect(await read('page', { ...query, after })).toEqual({ rows: [{ id: 'n1' }], next: null })
  })

  it('says of every read whose data it is', async () => {
    const before = Date.UTC(2020, 0, 1)
    const calls: Call<ReadMethod>[] = [
      call('find', { limit: 0 }),
      call('findOne', { where: { id: 'none' } }),
      call('get', 'n1'),
      call('page'),
      call('count'),
      call('aggregate', { measures: { n: 'count' } }),
    ]
    for (const each of calls) expect((await gate.read(each)).asOf).toBeGreaterThan(before)
    expect(gate.source).toBe(name)
  })

  it.each<[string, ReadMethod, Json[]]>([
    ['InvalidQuery', 'find', [null]],
    ['InvalidQuery', 'find', [{ nope: 1 }]],
    ['UnknownField', 'find', [{ where: { nope: 1 } }]],
    ['UnknownOperator', 'find', [{ where: { data: 5 } }]],
    ['InvalidValue', 'find', [{ where: { total: 5 } }]],
    ['InvalidValue', 'find', [{ where: { photo: 'FF' } }]],
    ['InvalidValue', 'find', [{ where: { at: '2026-01-31' } }]],
    ['OutOfRange', 'find', [{ where: { total: '9223372036854775808' } }]],
    ['InvalidValue', 'get', []],
    ['InvalidValue', 'get', [{ id: 'n1' }]],
    ['InvalidOptions', 'get', ['n1', { forUpdate: true }]],
    ['NotFound', 'get', ['n9']],
    ['InvalidCursor', 'page', [{ after: 'x' }]],
    ['InvalidQuery', 'aggregate', []],
  ])('refuses with %s: %s %j', async (code, method, args) => {
    expect(await rejectedCode(() => gate.read(call(method, ...args)))).toBe(code)
  })

  it('knows the collections of the schema, and no others', async () => {
    for (const collection of ['nope', '__proto__', 'constructor', 'transaction', '']) {
      const wrong = { collection, method: 'count', args: [] } as const
      expect(await rejectedCode(() => gate.read(wrong))).toBe('UnknownCollection')
      const write = { collection, method: 'deleteMany', args: [{ where: {} }] } as const
      expect(await rejectedCode(() => gate.mutate('m', write))).toBe('UnknownCollection')
    }
  })

  it('does every write, and answers it in the row codec', async () => {
    const mutate = (id: string, method: WriteMethod, ...args: Json[]) =>
      gate.mutate(id, call(method, ...args))
    expect(await mutate('a', 'insert', { id: 'n3', title: 'three' })).toEqual({
      id: 'n3',
      title: 'three',
      rank: 0,
      ...empty,
      version: 1,
    })
    expect(await mutate('b', 'update', 'n3', { total: '5' }, { ifVersion: 1 })).toMatchObject({
      total: '5',
      version: 2,
    })
    expect(await mutate('c', 'update', 'n3', { total: { increment: '-6' } })).toMatchObject({
      total: '-1',
    })
    const set = { price: '1.5' }
    expect(await mutate('d', 'updateMany', { where: { rank: { gte: 3 } }, set })).toBe(2)
    const upsert = { on: ['title'], insert: { title: 'three' }, update: { at: row.at } }
    expect(await mutate('e', 'upsert', upsert)).toMatchObject({ id: 'n3', at: row.at })
    expect(await mutate('f', 'delete', 'n3')).toBeNull()
    expect(await mutate('g', 'deleteMany', { where: { price: '1.50' } })).toBe(2)
    expect(await read('count')).toBe(0)
    const pair = { a: '9223372036854775807', b: 'x', n: 1 }
    const pairs = { collection: 'pairs', method: 'insert', args: [pair] } as const
    expect(await gate.mutate('h', pairs)).toEqual(pair)
    const { n: _, ...key } = pair
    const got = await gate.read({ collection: 'pairs', method: 'get', args: [key] })
    expect(got.value).toEqual(pair)
  })

  it('does a mutation once, however often it comes, and answers as it did', async () => {
    const increment = call('update', 'n1', { rank: { increment: 1 } })
    const answers = [await gate.mutate('once', increment)]
    await gate.mutate('between', call('update', 'n1', { title: 'between' }))
    answers.push(await gate.mutate('once', increment))
    answers.push(...(await Promise.all([1, 2, 3].map(() => gate.mutate('once', increment)))))
    for (const answer of answers) expect(answer).toEqual({ ...stored, rank: 4, version: 2 })
    expect(await read('get', 'n1')).toEqual({ ...stored, title: 'between', rank: 4, version: 3 })
  })

  it('does once what comes several times at once', async () => {
    const increment = call('update', 'n1', { rank: { increment: 1 } })
    const answers = await Promise.all([1, 2, 3, 4].map(() => gate.mutate('once', increment)))
    for (const answer of answers) expect(answer).toEqual({ ...stored, rank: 4, version: 2 })
    expect(await read('get', 'n1')).toEqual({ ...stored, rank: 4, version: 2 })
  })

  it('remembers writes that answer nothing, and ids that it has made', async () => {
    expect(await gate.mutate('gone', call('delete', 'n1'))).toBeNull()
    expect(await gate.mutate('gone', call('delete', 'n1'))).toBeNull()
    const insert = call('insert', { title: 'new' })
    const { id } = (await gate.mutate('new', insert)) as { id: string }
    expect(await gate.mutate('new', insert)).toMatchObject({ id })
  })

  it('answers what it answered to an id, whatever else is asked under it', async () => {
    const answer = await gate.mutate('id', call('insert', { id: 'n3', title: 'three' }))
    expect(await gate.mutate('id', call('delete', 'n1'))).toEqual(answer)
    expect(await read('count')).toBe(3)
  })

  it.each(['', ' ', 'a b', 'é', 'a'.repeat(65), '\0'])(
    'takes no mutation under the id %j, and does nothing of it',
    async (id) => {
      expect(await rejectedCode(() => gate.mutate(id, call('delete', 'n1')))).toBe('InvalidOptions')
      expect(await read('count')).toBe(2)
    },
  )

  it('keeps no record of what it refused', async () => {
    const insert = call('insert', { id: 'n1', title: 'again' })
    expect(await rejectedCode(() => gate.mutate('again', insert))).toBe('UniqueViolation')
    await gate.mutate('free', call('delete', 'n1'))
    expect(await gate.mutate('again', insert)).toMatchObject({ title: 'again' })
  })

  it('names a write that fails by the id that its sender gave it, whatever refused it', async () => {
    const fails: [string, Call<WriteMethod>][] = [
      ['InvalidValue', call('insert', { title: 5 })],
      ['InvalidValue', call('insert', { total: 5, title: 'x' })],
      ['UniqueViolation', call('insert', { title: 'one' })],
      ['NotFound', call('delete', 'n9')],
      ['VersionConflict', call('update', 'n1', { rank: 1 }, { ifVersion: 9 })],
    ]
    for (const [code, each] of fails) {
      const error = await rejectionOf(() => gate.mutate('mine', each))
      expect([error.code, error.details.mutationId]).toEqual([code, 'mine'])
    }
    expect(await read('count')).toBe(2)
  })

  it('is closed when the service is', async () => {
    await served.data.close()
    expect(await rejectedCode(() => gate.read(call('count')))).toBe('NotConnected')
    expect(await rejectedCode(() => gate.mutate('m', call('delete', 'n1')))).toBe('NotConnected')
    expect(await rejectedCode(() => gate.ping())).toBe('NotConnected')
    expect(await rejectedCode(() => gate.generation())).toBe('NotConnected')
  })

  it('names the log that offsets are of', async () => {
    const generation = await gate.generation()
    expect(generation).toMatch(/^[^:]+$/)
    expect(await gate.generation()).toBe(generation)
    const other = await serve(adapter())
    expect(await other.gate.generation()).not.toBe(generation)
  })
})

describe('a gate', () => {
  it('describes the schema to those who have only JSON', async () => {
    const { gate } = await serve(memory())
    const told = JSON.parse(JSON.stringify(gate.descriptor)) as typeof gate.descriptor
    expect(told).toEqual(gate.descriptor)
    const collections = fromDescriptor(told)
    for (const [name, { key, fieldList }] of schema.definition.collections) {
      const client = collections.get(name)!
      expect(client.key.map((field) => field.name)).toEqual(key.map((field) => field.name))
      expect(client.fieldList.map((field) => [field.name, field.kind])).toEqual(
        fieldList.map((field) => [field.name, field.kind]),
      )
    }
  })

  it.each([{}, null, undefined, 'data', schema])(
    'leads to data services only, not to %o',
    (data) => {
      expect(() => new Gate(data as object)).toThrow(
        expect.objectContaining({ code: 'InvalidOptions' }),
      )
    },
  )
})
