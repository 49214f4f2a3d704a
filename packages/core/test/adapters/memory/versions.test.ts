import { describe, expect, it } from 'vitest'
import { memory } from '../../../src/adapters/memory/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { FakeRuntime, settled } from '../../support/fake-runtime.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), email: t.text({ maxLength: 20 }), n: t.int().default(0) }).unique(
    'email',
  ),
  posts: collection({ id: t.id(), userId: t.ref('users'), n: t.int().default(0) }).index('n'),
})
const open = () => connected(schema, memory())
type Data = Awaited<ReturnType<typeof open>>

/** A transaction that has done `work`, and ends when it is told how. */
function pausedAfter(data: Data, work: (tx: Data) => Promise<unknown>) {
  let end!: (error?: Error) => void
  const told = new Promise<Error | undefined>((resolve) => (end = resolve))
  const outcome = data.transaction(async (tx) => {
    await work(tx as Data)
    const error = await told
    if (error !== undefined) throw error
  })
  return {
    end,
    outcome: outcome.then(
      () => 'committed',
      () => 'rolled back',
    ),
    paused: settled(),
  }
}

describe('a transaction of the memory adapter', () => {
  it('sees what it wrote, while others see the last commit until it commits', async () => {
    const data = await open()
    await data.users.insert({ id: 'a', email: 'a' })
    const { end, outcome, paused } = pausedAfter(data, async (tx) => {
      await tx.users.insert({ id: 'b', email: 'b' })
      await tx.users.update('a', { n: 5 })
      expect(await tx.users.count()).toBe(2)
      expect(await tx.users.findOne({ where: { email: 'b' } })).toMatchObject({ id: 'b' })
    })
    await paused
    expect(await data.users.find()).toEqual([{ id: 'a', email: 'a', n: 0 }])
    expect(await data.users.findOne({ where: { email: 'b' } })).toBeNull()
    end()
    expect(await outcome).toBe('committed')
    expect(await data.users.find()).toEqual([
      { id: 'a', email: 'a', n: 5 },
      { id: 'b', email: 'b', n: 0 },
    ])
  })

  it('leaves nothing behind when it is rolled back', async () => {
    const data = await open()
    await data.users.insertMany([
      { id: 'a', email: 'a' },
      { id: 'b', email: 'b' },
    ])
    const { end, outcome } = pausedAfter(data, async (tx) => {
      await tx.users.delete('a')
      await tx.users.update('b', { email: 'a' })
      await tx.posts.insert({ id: 'p', userId: 'b' })
    })
    end(new Error('no'))
    expect(await outcome).toBe('rolled back')
    expect(await data.users.find({ select: ['id', 'email'] })).toEqual([
      { id: 'a', email: 'a' },
      { id: 'b', email: 'b' },
    ])
    expect(await data.posts.count()).toBe(0)
    await data.users.delete('b')
    expect(await rejectedCode(() => data.users.insert({ email: 'a' }))).toBe('UniqueViolation')
  })

  it('lets a value be used again that it freed, through unique indexes, references and look-ups', async () => {
    const data = await open()
    await data.users.insert({ id: 'a', email: 'a' })
    await data.posts.insert({ id: 'p', userId: 'a', n: 1 })
    await data.transaction(async (tx) => {
      await tx.posts.delete('p')
      await tx.users.delete('a')
      await tx.users.insert({ id: 'a2', email: 'a' })
      await tx.posts.insert({ id: 'p', userId: 'a2', n: 2 })
      expect(await tx.posts.find({ where: { n: 1 } })).toEqual([])
      expect(await tx.posts.find({ where: { n: 2 } })).toHaveLength(1)
      expect(await tx.posts.count({ where: { n: { gte: 1 } } })).toBe(1)
    })
    expect(await data.posts.find()).toEqual([{ id: 'p', userId: 'a2', n: 2 }])
    expect(await data.posts.find({ where: { n: 1 } })).toEqual([])
    expect(await rejectedCode(() => data.users.delete('a2'))).toBe('ForeignKeyViolation')
  })

  it('makes other writers wait, in order, and refuses those who wait too long', async () => {
    const runtime = new FakeRuntime()
    const data = await connected(schema, memory({ lockTimeoutMs: 1_000 }), { runtime })
    const { end, outcome, paused } = pausedAfter(data, (tx) =>
      tx.users.insert({ id: 'a', email: 'a' }),
    )
    await paused
    const impatient = rejectionOf(() => data.users.insert({ id: 'b', email: 'b' }))
    await settled()
    expect(data.stats()).toEqual({ total: 1, idle: 0, active: 1, waiting: 1 })
    await runtime.advance(999)
    const patient = data.users.insert({ id: 'c', email: 'c' })
    await runtime.advance(1)
    const error = await impatient
    expect(error).toMatchObject({ code: 'LockTimeout', details: { outcome: 'not-applied' } })
    end()
    expect(await outcome).toBe('committed')
    await patient
    expect((await data.users.find()).map(({ id }) => id)).toEqual(['a', 'c'])
    expect(data.stats()).toEqual({ total: 1, idle: 1, active: 0, waiting: 0 })
  })

  it('loses no update, however many read and write one row', async () => {
    const data = await open()
    await data.users.insert({ id: 'a', email: 'a' })
    const add = () =>
      data.transaction(async (tx) => {
        const { n } = await tx.users.get('a', { forUpdate: true })
        await settled()
        await tx.users.update('a', { n: n + 1 })
      })
    await Promise.all(Array.from({ length: 25 }, add))
    expect(await data.users.get('a')).toMatchObject({ n: 25 })
  })
})

describe('one write of the memory adapter', () => {
  it('is all or nothing', async () => {
    const data = await open()
    await data.users.insertMany([
      { id: 'a', email: 'a', n: 1 },
      { id: 'b', email: 'b', n: 2 ** 53 - 1 },
    ])
    const before = await data.users.find()
    const failures = [
      () => data.users.insertMany([{ email: 'c' }, { email: 'd' }, { email: 'a' }]),
      () =>
        data.users.insertMany([
          { id: 'x', email: 'c' },
          { id: 'x', email: 'd' },
        ]),
      () => data.users.updateMany({ where: {}, set: { n: { increment: 1 } } }),
      () => data.users.updateMany({ where: {}, set: { email: 'same' } }),
    ]
    for (const failure of failures) {
      expect(await rejectedCode(failure)).toMatch(/^(UniqueViolation|OutOfRange)$/)
      expect(await data.users.find()).toEqual(before)
    }
  })

  it('may swap what rows hold in one go, as long as the end is right', async () => {
    const data = await open()
    await data.users.insert({ id: 'a', email: 'a' })
    await data.posts.insertMany([
      { id: 'p', userId: 'a', n: 1 },
      { id: 'q', userId: 'a', n: 2 },
    ])
    expect(
      await data.posts.updateMany({ where: { n: { lt: 9 } }, set: { n: { increment: 1 } } }),
    ).toBe(2)
    expect(await data.posts.find({ where: { n: 2 }, select: ['id'] })).toEqual([{ id: 'p' }])
    expect(await data.posts.find({ where: { n: 3 }, select: ['id'] })).toEqual([{ id: 'q' }])
  })
})

describe('close', () => {
  it('lets a running transaction commit first, and forgets everything then', async () => {
    const adapter = memory()
    const data = await connected(schema, adapter)
    const { end, outcome, paused } = pausedAfter(data, (tx) => tx.users.insert({ email: 'a' }))
    await paused
    let closed = false
    const closing = data.close().then(() => (closed = true))
    await settled()
    expect(closed).toBe(false)
    end()
    expect(await outcome).toBe('committed')
    await closing
    expect(await rejectedCode(() => data.users.find())).toBe('NotConnected')
    const again = await connected(schema, adapter)
    expect(await again.users.count()).toBe(0)
  })
})
