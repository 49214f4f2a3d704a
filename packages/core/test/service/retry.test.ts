import { describe, expect, it } from 'vitest'
import type { TransactionOptions } from '../../src/index.node.ts'
import { rejectionOf } from '../support/errors.ts'
import { failure } from '../support/scripted-adapter.ts'
import { scripted } from './fixture.ts'

const conflict = () => failure('SerializationFailure')
const many = (count: number) => Array.from({ length: count }, conflict)

/** A transaction that inserts once, run to its end; `runs` counts its closure's. */
async function insertOnce(
  { data, runtime }: Awaited<ReturnType<typeof scripted>>,
  options?: TransactionOptions,
) {
  let runs = 0
  const work = data.transaction(async (tx) => {
    runs++
    await tx.notes.insert({ text: 'a' })
    return `run ${runs}`
  }, options)
  const outcome = await runtime.drive(work).catch((error: unknown) => error)
  return { runs, outcome }
}

const one = ['begin serializable', 'insert', 'commit']
const failed = ['begin serializable', 'insert', 'rollback']

describe('a transaction that meets a retryable error', () => {
  it('runs whole again, in a transaction of its own', async () => {
    const service = await scripted()
    service.adapter.next('insert', conflict(), conflict())
    expect(await insertOnce(service)).toEqual({ runs: 3, outcome: 'run 3' })
    expect(service.adapter.calls).toEqual([...failed, ...failed, ...one])
  })

  it.each<[options: TransactionOptions | undefined, runs: number]>([
    [undefined, 4],
    [{ maxRetries: 0 }, 1],
    [{ maxRetries: 1 }, 2],
    [{ maxRetries: 7 }, 8],
  ])('gives up after maxRetries, with the last error: %o', async (options, runs) => {
    const service = await scripted()
    const errors = many(20)
    service.adapter.next('insert', ...errors)
    const result = await insertOnce(service, options)
    expect(result.runs).toBe(runs)
    expect(result.outcome).toBe(errors[runs - 1])
    expect(service.runtime.pendingTimers).toBe(0)
  })

  it('waits longer from time to time, within bounds that chance fills', async () => {
    const service = await scripted()
    service.adapter.next('insert', ...many(20))
    await insertOnce(service, { maxRetries: 9, timeoutMs: 12_345 })
    const waitsMs = service.runtime.delaysMs.filter((delayMs) => delayMs !== 12_345)
    expect(waitsMs).toHaveLength(9)
    waitsMs.forEach((waitMs, attempt) => {
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(waitMs).toBeLessThan(Math.min(1_000, 10 * 2 ** attempt))
    })
    expect(new Set(waitsMs).size).toBe(9)
  })

  it('has let go of the database while it waits', async () => {
    const { adapter, data, runtime } = await scripted()
    adapter.next('insert', conflict())
    runtime.random = () => 0.5
    const work = data.transaction((tx) => tx.notes.insert({ text: 'a' }))
    await runtime.advance(4)
    expect(adapter.calls).toEqual(failed)
    await runtime.advance(1)
    await work
    expect(adapter.calls).toEqual([...failed, ...one])
  })

  it('runs again when the commit is what failed', async () => {
    const service = await scripted()
    service.adapter.next('commit', conflict())
    expect(await insertOnce(service)).toEqual({ runs: 2, outcome: 'run 2' })
    expect(service.adapter.calls).toEqual([...one, 'rollback', ...one])
  })

  it('runs again when the closure has caught the error, for nothing can be saved', async () => {
    const { adapter, data, runtime } = await scripted()
    adapter.next('insert', conflict())
    let caught = 0
    const work = data.transaction(async (tx) => {
      await tx.notes.insert({ text: 'a' }).catch(() => caught++)
      return 'done'
    })
    expect(await runtime.drive(work)).toBe('done')
    expect(caught).toBe(1)
    expect(adapter.calls).toEqual([...failed, ...one])
  })

  it('runs again when a call after the failed one is what the closure stumbled over', async () => {
    const { adapter, data, runtime } = await scripted()
    adapter.next('insert', conflict())
    const work = data.transaction(async (tx) => {
      await tx.notes.insert({ text: 'a' }).catch(() => undefined)
      return tx.notes.count()
    })
    expect(await runtime.drive(work)).toBe(1)
  })

  it('is given a new tx each time, and the old one is over', async () => {
    const { adapter, data, runtime } = await scripted()
    adapter.next('insert', conflict())
    const seen: unknown[] = []
    await runtime.drive(
      data.transaction(async (tx) => {
        seen.push(tx)
        await tx.notes.insert({ text: 'a' })
      }),
    )
    expect(seen[0]).not.toBe(seen[1])
    const [first] = seen as [typeof data]
    expect((await rejectionOf(() => first.notes.find())).code).toBe('TransactionAborted')
  })
})

describe('a transaction that meets another error', () => {
  it.each(['UniqueViolation', 'ForeignKeyViolation', 'OutOfRange', 'Internal'] as const)(
    'does not run again: %s',
    async (code) => {
      const service = await scripted()
      const error = failure(code)
      service.adapter.next('insert', error)
      expect(await insertOnce(service)).toEqual({ runs: 1, outcome: error })
      expect(service.adapter.calls).toEqual(failed)
    },
  )

  it.each(['UnknownOutcome', 'Internal', 'DatabaseCorrupt'] as const)(
    'does not run again when the commit ends so: %s',
    async (code) => {
      const service = await scripted()
      const error = failure(code)
      service.adapter.next('commit', error)
      expect(await insertOnce(service)).toEqual({ runs: 1, outcome: error })
    },
  )

  it('asks again after UnknownOutcome when it has a mutationId, for then it happens once', async () => {
    const service = await scripted()
    service.adapter.next('commit', failure('UnknownOutcome'))
    const result = await insertOnce(service, { mutationId: 'm1' })
    expect(result).toEqual({ runs: 2, outcome: 'run 2' })
    service.adapter.next('commit', failure('UnknownOutcome'))
    expect((await insertOnce(service, { actor: 'ann' })).runs).toBe(1)
  })

  it('says that the outcome is unknown while no later attempt could begin', async () => {
    const service = await scripted()
    const lost = failure('UnknownOutcome')
    service.adapter.next('commit', lost)
    const gone = failure('DatabaseUnavailable')
    service.adapter.next('begin', undefined, gone, gone, gone)
    const result = await insertOnce(service, { mutationId: 'm2' })
    expect(result).toEqual({ runs: 1, outcome: lost })
    expect(service.adapter.calls.filter((call) => call.startsWith('begin'))).toHaveLength(4)
  })

  it('says what became of a later attempt that began, for then the first was not committed', async () => {
    const service = await scripted()
    const refused = failure('UniqueViolation')
    service.adapter.next('commit', failure('UnknownOutcome'))
    service.adapter.next('begin', undefined, failure('DatabaseUnavailable'))
    service.adapter.next('insert', undefined, refused)
    expect(await insertOnce(service, { mutationId: 'm3' })).toEqual({ runs: 2, outcome: refused })
  })

  it('does not run again for an error of its closure', async () => {
    const { adapter, data, runtime } = await scripted()
    const mine = new Error('mine')
    const work = data.transaction(() => Promise.reject(mine))
    await expect(runtime.drive(work)).rejects.toBe(mine)
    expect(adapter.calls).toEqual(['begin serializable', 'rollback'])
  })

  it('does not run at all when it cannot begin, and is not tried again', async () => {
    const service = await scripted()
    const error = failure('LockTimeout')
    service.adapter.next('begin', error)
    expect(await insertOnce(service)).toEqual({ runs: 0, outcome: error })
    expect(service.adapter.calls).toEqual(['begin serializable'])
  })

  it('leaves no timer behind, however it ends', async () => {
    const service = await scripted()
    await insertOnce(service)
    service.adapter.next('insert', failure('UniqueViolation'))
    await insertOnce(service)
    expect(service.runtime.pendingTimers).toBe(0)
  })
})
