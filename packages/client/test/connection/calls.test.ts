import { metaOf } from '@wherry/client'
import { describe, expect, it } from 'vitest'
import { caught } from '../support/caught.ts'
import { settled } from '../support/fake-runtime.ts'
import { connected, start } from '../support/script.ts'

describe('a call', () => {
  it('is one message, in the row codec, and its answer is decoded', async () => {
    const { db, socket } = await connected()
    const found = db.all.find({ where: { timestamp: { gte: new Date(0) }, bigint: 5n }, limit: 3 })
    const { id, ...message } = await socket.one()
    expect(message).toEqual({
      type: 'request',
      collection: 'all',
      method: 'find',
      args: [{ where: { timestamp: { gte: '1970-01-01T00:00:00.000Z' }, bigint: '5' }, limit: 3 }],
    })
    const row = {
      id: '1',
      text: 'a',
      int: 1,
      bigint: '5',
      float: 0.5,
      decimal: '1.50',
      boolean: true,
      timestamp: '2026-01-01T00:00:00.000Z',
      date: '2026-01-01',
      bytes: '00ff',
      kind: 'a',
      json: { a: [1] },
      times: ['1970-01-01T00:00:00.000Z'],
    }
    await socket.say({ type: 'answer', id, value: [row], asOf: 1_000 })
    const rows = await found
    expect(rows).toEqual([
      {
        ...row,
        bigint: 5n,
        timestamp: new Date('2026-01-01'),
        bytes: new Uint8Array([0, 255]),
        times: [new Date(0)],
      },
    ])
    expect(metaOf(rows)).toEqual({
      source: 'script',
      asOf: new Date(1_000),
      lagMs: 0,
      stale: false,
      synthetic: false,
    })
  })

  it('knows who answered, whatever came of it', async () => {
    const { db, socket } = await connected()
    const reads = [db.notes.findOne(), db.notes.count(), db.notes.findOne(), db.notes.get('1')]
    const page = db.notes.page()
    const groups = db.notes.aggregate({ measures: { n: 'count' } })
    const ids = (await socket.heard()).map(({ id }) => id!)
    const values = [
      null,
      3,
      { id: '1' },
      { id: '1' },
      { rows: [{ id: '1' }], next: 'c' },
      [{ n: 3 }],
    ]
    await socket.say(
      ...ids.map((id, index) => ({ type: 'answer', id, value: values[index]!, asOf: 5 }) as const),
    )
    expect(await Promise.all(reads)).toEqual([null, 3, { id: '1' }, { id: '1' }])
    for (const read of reads) expect(metaOf(read)?.asOf).toEqual(new Date(5))
    for (const read of [reads[2], reads[3], page, groups]) {
      expect(metaOf(await read)?.asOf).toEqual(new Date(5))
    }
    expect(await page).toEqual({ rows: [{ id: '1' }], next: 'c' })
    expect(metaOf((await page).rows)).toBeDefined()
    expect(await groups).toEqual([{ n: 3 }])
  })

  it('decodes groups by what they measure', async () => {
    const { db, socket } = await connected()
    const groups = db.all.aggregate({
      groupBy: ['timestamp'],
      measures: { sum: { sum: 'bigint' }, mean: { avg: 'bigint' }, last: { max: 'decimal' } },
      having: { sum: { gt: 1n } },
    })
    const { id, args } = await socket.one()
    expect(args[0]).toMatchObject({ having: { sum: { gt: '1' } } })
    const group = { timestamp: '1970-01-01T00:00:00.000Z', sum: '9', mean: 4.5, last: '1.00' }
    await socket.say({ type: 'answer', id, value: [group], asOf: 0 })
    expect(await groups).toEqual([{ timestamp: new Date(0), sum: 9n, mean: 4.5, last: '1.00' }])
  })

  it('sends keys, patches and options in their places, and nothing for what is left out', async () => {
    const { db, socket } = await connected()
    void db.notes.get('1', { select: ['id'] })
    void db.notes.get('1')
    void db.pairs.get({ a: 1, b: 'x' })
    void db.notes.update('1', { rank: { increment: 2 } }, { ifVersion: 3 })
    void db.notes.update('1', { rank: 2 })
    void db.notes.updateMany({ where: {}, set: { rank: 0 } })
    void db.notes.upsert({ on: ['id'], insert: { id: '1', text: 'a' }, update: { text: 'b' } })
    void db.notes.delete('1', { ifVersion: 3 })
    void db.notes.deleteMany({ where: { rank: { in: [1, 2] } } })
    void db.notes.insertMany([{ text: 'a' }, { text: 'b' }])
    const said = (await socket.heard()).map(({ type, method, args }) => [type, method, args])
    expect(said).toEqual([
      ['request', 'get', ['1', { select: ['id'] }]],
      ['request', 'get', ['1']],
      ['request', 'get', [{ a: 1, b: 'x' }]],
      ['mutate', 'update', ['1', { rank: { increment: 2 } }, { ifVersion: 3 }]],
      ['mutate', 'update', ['1', { rank: 2 }]],
      ['mutate', 'updateMany', [{ where: {}, set: { rank: 0 } }]],
      ['mutate', 'upsert', [{ on: ['id'], insert: { id: '1', text: 'a' }, update: { text: 'b' } }]],
      ['mutate', 'delete', ['1', { ifVersion: 3 }]],
      ['mutate', 'deleteMany', [{ where: { rank: { in: [1, 2] } } }]],
      ['mutate', 'insertMany', [[{ text: 'a' }, { text: 'b' }]]],
    ])
  })

  it('that writes is a mutation: a promise with an id, which is sent', async () => {
    const { db, socket } = await connected()
    const mutation = db.notes.delete('1')
    const { id, mutationId } = await socket.one()
    expect(mutationId).toBe(mutation.id)
    expect(mutation.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(await mutation.queued).toBe(false)
    await socket.say({ type: 'answer', id, value: null })
    expect(await mutation).toBeUndefined()
  })

  it('rejects, and does not throw, when it cannot be sent', async () => {
    const { db, socket } = await connected()
    const circle: unknown[] = []
    circle.push(circle)
    const notes = db.notes as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    expect(await caught(notes['find']!({ where: { rank: 'x' } }))).toMatchObject({
      code: 'InvalidValue',
      details: { fields: ['rank'] },
    })
    expect(await caught(notes['find']!({ limit: undefined }))).toMatchObject({
      code: 'InvalidQuery',
    })
    expect(await caught(notes['find']!({ limit: circle }))).toMatchObject({ code: 'InvalidQuery' })
    expect(await caught(notes['insert']!({ text: 5 }))).toMatchObject({
      code: 'InvalidValue',
      details: { outcome: 'not-applied', mutationId: expect.any(String) },
    })
    expect(await caught(notes['update']!('1', {}, { ifVersion: undefined }))).toMatchObject({
      code: 'InvalidOptions',
    })
    expect(await socket.heard()).toEqual([])
  })

  it('rejects with the error that the server tells of', async () => {
    const { db, socket } = await connected()
    const update = caught(db.all.update('1', { text: 'b' }))
    const read = caught(db.notes.find())
    const [first, second] = await socket.heard()
    await socket.say(
      {
        type: 'error',
        id: first!.id!,
        code: 'VersionConflict',
        message: 'it has changed',
        details: { collection: 'all', outcome: 'not-applied', current: { id: '1', bigint: '7' } },
      },
      { type: 'error', id: second!.id!, code: 'Newer' as 'Timeout', message: 'unheard of' },
    )
    expect(await update).toMatchObject({
      code: 'VersionConflict',
      message: 'it has changed',
      retryable: false,
      details: {
        collection: 'all',
        outcome: 'not-applied',
        mutationId: expect.any(String),
        current: { id: '1', bigint: 7n },
      },
    })
    expect(await read).toMatchObject({ code: 'Newer', retryable: false, details: {} })
  })

  it('rejects when its answer cannot be read, and is of unknown outcome if it wrote', async () => {
    const { db, socket } = await connected()
    const read = caught(db.notes.find())
    const write = caught(db.notes.insert({ text: 'a' }))
    const failed = caught(db.all.update('1', {}))
    const [first, second, third] = await socket.heard()
    await socket.say(
      { type: 'answer', id: first!.id!, value: 5 },
      { type: 'answer', id: second!.id!, value: { id: '1', rank: 'x' } },
      {
        type: 'error',
        id: third!.id!,
        code: 'VersionConflict',
        message: '',
        details: { current: { bigint: 'x' } },
      },
    )
    expect(await read).toMatchObject({ code: 'Internal' })
    expect(await write).toMatchObject({ code: 'CorruptValue', details: { outcome: 'unknown' } })
    expect(await failed).toMatchObject({ code: 'CorruptValue' })
    expect(db.status().state).toBe('connected')
  })
})

describe('calls before there is a connection', () => {
  it('wait for it, in order, as they were when they were made', async () => {
    const { db, socket } = start()
    const row = { text: 'a', rank: 1 }
    const at = new Date(0)
    void db.notes.insert(row)
    void db.all.find({ where: { timestamp: at } })
    row.text = 'b'
    at.setTime(5)
    const bad = caught(db.notes.insert({ text: Symbol('no') } as never))
    await socket.accept()
    expect(await socket.heard()).toMatchObject([
      { method: 'insert', args: [{ text: 'a', rank: 1 }] },
      { method: 'find', args: [{ where: { timestamp: '1970-01-01T00:00:00.000Z' } }] },
    ])
    expect(await bad).toMatchObject({ code: 'InvalidValue' })
  })

  it('refuse what they would refuse later', async () => {
    class Note {
      text = 'a'
    }
    const endless: unknown[] = []
    endless.push(endless, endless)
    const { db, socket } = start()
    const errors = [new Note(), { text: endless }].map((row) =>
      caught(db.notes.insert(row as never)),
    )
    await socket.accept()
    for (const error of errors) expect(await error).toMatchObject({ code: 'InvalidValue' })
  })
})

describe('frames', () => {
  it('hold the messages of one synchronous turn', async () => {
    const { db, socket } = await connected()
    void db.notes.get('1')
    void db.notes.get('2')
    await settled()
    void db.notes.get('3')
    await settled()
    expect(socket.frames.slice(1).map((frame) => (JSON.parse(frame) as unknown[]).length)).toEqual([
      2, 1,
    ])
  })

  it('end at 60 KiB of UTF-8', async () => {
    const { db, socket } = await connected()
    const frame = () => socket.frames.slice(1).map((text) => Buffer.byteLength(text))
    for (let i = 0; i < 10; i++) void caught(db.notes.insert({ text: 'ü'.repeat(10_000) }))
    await settled()
    const sizes = frame()
    expect(sizes).toHaveLength(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60 * 1024)
    expect((await socket.heard()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('are as full as they may be, and no fuller', async () => {
    const { db, socket } = await connected()
    void caught(db.notes.insert({ text: '' }))
    const [{ length: empty }] = [socket.frames.length === 1 ? await frameOf(socket) : '']
    const room = 60 * 1024 - empty
    void caught(db.notes.insert({ text: 'x'.repeat(room) }))
    await settled()
    expect(socket.frames.at(-1)).toHaveLength(60 * 1024)
    expect(await caught(db.notes.insert({ text: 'x'.repeat(room + 1) }))).toMatchObject({
      code: 'TooLarge',
      details: { outcome: 'not-applied', mutationId: expect.any(String) },
    })
    expect(await caught(db.notes.find({ where: { text: 'ü'.repeat(32 * 1024) } }))).toMatchObject({
      code: 'TooLarge',
    })
  })
})

async function frameOf({ frames }: { readonly frames: readonly string[] }): Promise<string> {
  await settled()
  return frames.at(-1)!
}

describe('many calls', () => {
  it('are under way a thousand at a time; the others wait for their turn', async () => {
    const { db, socket } = await connected()
    for (let i = 0; i < 1_500; i++) void caught(db.notes.get(String(i)))
    const first = await socket.heard()
    expect(first).toHaveLength(1_000)
    await socket.say({ type: 'error', id: first[7]!.id!, code: 'NotFound', message: '' })
    expect(await socket.heard()).toMatchObject([{ args: ['1000'] }])
  })

  it('count as long as the server works on them, even if nobody waits for them', async () => {
    const { db, runtime, socket } = await connected()
    for (let i = 0; i < 1_000; i++) void caught(db.notes.get(String(i)))
    const first = await socket.heard()
    await runtime.advance(10_000)
    const late = caught(db.notes.get('late'))
    expect(await socket.heard()).toEqual([])
    await socket.say({ type: 'answer', id: first[0]!.id!, value: {}, asOf: 0 })
    expect(await socket.heard()).toMatchObject([{ args: ['late'] }])
    await db.close()
    expect(await late).toMatchObject({ code: 'NotConnected' })
  })
})
