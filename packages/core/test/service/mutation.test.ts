import { describe, expect, it } from 'vitest'
import type { Mutation } from '../../src/index.node.ts'
import type { ErrorCode } from '../../src/errors/codes.ts'
import { rejectionOf } from '../support/errors.ts'
import { settled } from '../support/fake-runtime.ts'
import { failure } from '../support/scripted-adapter.ts'
import { scripted } from './fixture.ts'

type Notes = Awaited<ReturnType<typeof scripted>>['data']['notes']

const writes: [name: string, write: (notes: Notes) => Mutation<unknown>, call: string][] = [
  ['insert', (notes) => notes.insert({ text: 'a' }), 'insert'],
  ['insertMany', (notes) => notes.insertMany([{ text: 'a' }]), 'insert'],
  ['update', (notes) => notes.update('a', { n: 1 }), 'update'],
  ['updateMany', (notes) => notes.updateMany({ where: {}, set: { n: 1 } }), 'update'],
  [
    'upsert',
    (notes) => notes.upsert({ on: ['id'], insert: { text: 'a' }, update: { n: 1 } }),
    'upsert',
  ],
  ['delete', (notes) => notes.delete('a'), 'delete'],
  ['deleteMany', (notes) => notes.deleteMany({ where: {} }), 'delete'],
]

describe.each(writes)('%s', (_, write, call) => {
  it('is a promise with an id of its own, which stays, and waits in no queue', async () => {
    const { data } = await scripted()
    const [first, second] = [write(data.notes), write(data.notes)]
    expect(first).toBeInstanceOf(Promise)
    expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    const { id } = first
    expect(await first.queued).toBe(false)
    await first
    expect(first.id).toBe(id)
    expect(second.id > id).toBe(true)
    await second
  })

  it('runs at once and once, awaited or not, and however often', async () => {
    const { adapter, data } = await scripted()
    const mutation = write(data.notes)
    await settled()
    expect(adapter.calls).toEqual([call])
    await Promise.all([mutation, mutation.then(() => 1), mutation.finally(() => 2)])
    expect(adapter.calls).toEqual([call])
  })

  it.each<[code: ErrorCode, outcome: string]>([
    ['UniqueViolation', 'not-applied'],
    ['LockTimeout', 'not-applied'],
    ['DatabaseReadOnly', 'not-applied'],
    ['CorruptValue', 'unknown'],
    ['Internal', 'unknown'],
  ])('rejects with %s and says that the outcome is %s, under its id', async (code, outcome) => {
    const { adapter, data } = await scripted()
    const error = failure(code)
    adapter.next(call, error)
    const mutation = write(data.notes)
    expect(await rejectionOf(() => mutation)).toBe(error)
    expect(error.details).toEqual({ outcome, mutationId: mutation.id })
  })

  it('keeps the outcome that the adapter knows better', async () => {
    const { adapter, data } = await scripted()
    const error = failure('UnknownOutcome').annotate({ outcome: 'unknown' })
    adapter.next(call, error)
    expect((await rejectionOf(() => write(data.notes))).details.outcome).toBe('unknown')
  })

  it('passes on as it is what is no error of ours', async () => {
    const { adapter, data } = await scripted()
    const error = new Error('not ours')
    adapter.next(call, error)
    await expect(write(data.notes)).rejects.toBe(error)
    expect(Object.keys(error)).toEqual([])
  })
})

describe('a write that is refused before the database is asked', () => {
  const bad: [name: string, write: (notes: Notes) => Mutation<unknown>][] = [
    ['insert', (notes) => notes.insert(undefined as never)],
    ['insertMany', (notes) => notes.insertMany('rows' as never)],
    [
      'insertMany of one bad row',
      (notes) => notes.insertMany([{ text: 'a' }, { text: 1 }] as never),
    ],
    ['update', (notes) => notes.update(undefined as never, { n: 1 })],
    ['update of nothing', (notes) => notes.update('a', {})],
    ['updateMany', (notes) => notes.updateMany(undefined as never)],
    ['upsert', (notes) => notes.upsert(null as never)],
    ['delete', (notes) => notes.delete(5 as never)],
    ['deleteMany', (notes) => notes.deleteMany({} as never)],
  ]

  it.each(bad)('rejects and never throws: %s', async (_, write) => {
    const { adapter, data } = await scripted()
    const mutation = write(data.notes)
    const error = await rejectionOf(() => mutation)
    expect(error.details).toMatchObject({ outcome: 'not-applied', mutationId: mutation.id })
    expect(adapter.calls).toEqual([])
  })

  it('says which of many rows is at fault', async () => {
    const { data } = await scripted()
    const rows = [{ text: 'a' }, { text: 'b' }, { text: 5 }] as never
    const error = await rejectionOf(() => data.notes.insertMany(rows))
    expect(error.details).toMatchObject({ fields: ['text'], row: 2 })
  })

  it('changes nothing when there is nothing to insert', async () => {
    const { data } = await scripted()
    expect(await data.notes.insertMany([])).toEqual([])
    expect(await data.transaction((tx) => tx.notes.insertMany([]))).toEqual([])
  })
})

describe('a write to one row that met none', () => {
  it('is NotFound when there is no such row', async () => {
    const { adapter, data } = await scripted()
    adapter.rows = []
    for (const write of [
      () => data.notes.update('b', { n: 1 }),
      () => data.notes.delete('b'),
      () => data.notes.update('b', { n: 1 }, { ifVersion: 1 }),
      () => data.notes.delete('b', { ifVersion: 1 }),
    ]) {
      const error = await rejectionOf(write)
      expect(error).toMatchObject({
        code: 'NotFound',
        details: { collection: 'notes', outcome: 'not-applied' },
      })
    }
  })

  it('is VersionConflict with the row as it is, when that has another version', async () => {
    const { adapter, data } = await scripted()
    const current = { id: 'a', text: 'x', n: 1, version: 7 }
    adapter.rows = []
    adapter.find = () => Promise.resolve([{ ...current }])
    for (const write of [
      () => data.notes.update('a', { n: 1 }, { ifVersion: 3 }),
      () => data.notes.delete('a', { ifVersion: 3 }),
    ]) {
      const error = await rejectionOf(write)
      expect(error).toMatchObject({
        code: 'VersionConflict',
        details: { current, outcome: 'not-applied' },
      })
      expect(error.message).toMatch(/at version 7/)
    }
  })
})
