import { describe, expect, it, vi } from 'vitest'
import { rejectedCode, rejectionOf } from '../support/errors.ts'
import { settled } from '../support/fake-runtime.ts'
import { failure } from '../support/scripted-adapter.ts'
import { scripted } from './fixture.ts'

const begin = 'begin serializable'

function gate() {
  let open!: () => void
  const closed = new Promise<void>((resolve) => (open = resolve))
  return { open, closed }
}

describe('a transaction', () => {
  it('commits what its closure did, and returns what it returned', async () => {
    const { adapter, data } = await scripted()
    const result = await data.transaction(async (tx) => {
      await tx.notes.insert({ text: 'a' })
      await tx.collection('notes').find()
      return tx.notes.count()
    })
    expect(result).toBe(1)
    expect(adapter.calls).toEqual([begin, 'insert', 'find', 'aggregate', 'commit'])
  })

  it('rolls back when its closure throws, at once or later', async () => {
    const { adapter, data } = await scripted()
    const error = new Error('mine')
    const thrown = data.transaction(() => {
      throw error
    })
    await expect(thrown).rejects.toBe(error)
    await expect(data.transaction(() => Promise.reject(error))).rejects.toBe(error)
    expect(adapter.calls).toEqual([begin, 'rollback', begin, 'rollback'])
  })

  it('passes the isolation on, and locks rows where a read says so', async () => {
    const { adapter, data } = await scripted()
    await data.transaction((tx) => tx.notes.get('a', { forUpdate: true }), {
      isolationLevel: 'read committed',
    })
    expect(adapter.calls[0]).toBe('begin read committed')
    expect(adapter.plans.at(-1)).toMatchObject({ kind: 'find', forUpdate: true })
  })

  it('runs parallel calls one after another, in the order in which they were made', async () => {
    const { adapter, data } = await scripted()
    const { open, closed } = gate()
    adapter.next('insert', closed)
    const work = data.transaction((tx) =>
      Promise.all([tx.notes.insert({ text: 'a' }), tx.notes.find(), tx.notes.count()]),
    )
    await settled()
    expect(adapter.calls).toEqual([begin, 'insert'])
    open()
    await work
    expect(adapter.calls).toEqual([begin, 'insert', 'find', 'aggregate', 'commit'])
  })

  it('commits only after the calls that nobody awaited', async () => {
    const { adapter, data } = await scripted()
    const { open, closed } = gate()
    adapter.next('insert', closed)
    const work = data.transaction(async (tx) => {
      void tx.notes.insert({ text: 'a' })
      void tx.notes.count()
    })
    await settled()
    expect(adapter.calls).toEqual([begin, 'insert'])
    open()
    await work
    expect(adapter.calls).toEqual([begin, 'insert', 'aggregate', 'commit'])
  })

  it('never runs a call after its end, even one that follows from an unawaited call', async () => {
    const { adapter, data } = await scripted()
    const { open, closed } = gate()
    adapter.next('insert', closed)
    const following: Promise<string>[] = []
    const work = data.transaction(async (tx) => {
      following.push(
        tx.notes
          .insert({ text: 'a' })
          .then(() => rejectedCode(() => tx.notes.deleteMany({ where: {} }))),
      )
    })
    await settled()
    open()
    await work
    expect(await following[0]).toBe('TransactionAborted')
    expect(adapter.calls).toEqual([begin, 'insert', 'commit'])
  })

  it('does not commit when a call that nobody awaited has failed', async () => {
    const { adapter, data } = await scripted()
    adapter.next('insert', failure('UniqueViolation'))
    const error = await rejectionOf(() =>
      data.transaction(async (tx) => {
        void tx.notes.insert({ text: 'a' }).catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({ code: 'TransactionAborted', cause: { code: 'UniqueViolation' } })
    expect(adapter.calls).toEqual([begin, 'insert', 'rollback'])
  })

  it.each<[what: string, call: (tx: unknown) => unknown]>([
    ['a number', () => 5],
    ['nothing', () => undefined],
  ])('takes a closure that is not async and returns %s', async (_, work) => {
    const { adapter, data } = await scripted()
    expect(await data.transaction(work as never)).toBe(work(undefined))
    expect(adapter.calls).toEqual([begin, 'commit'])
  })

  it.each<unknown>([undefined, null, {}, 'work'])('refuses %o for a closure', async (work) => {
    const { adapter, data } = await scripted()
    expect(await rejectedCode(() => data.transaction(work as never))).toBe('InvalidOptions')
    expect(adapter.calls).toEqual([])
  })

  it('is Unsupported where the engine has none', async () => {
    const { adapter, data } = await scripted({ transactions: false })
    const error = await rejectionOf(() => data.transaction((tx) => tx.notes.find()))
    expect(error.code).toBe('Unsupported')
    expect(adapter.calls).toEqual([])
  })
})

describe('a transaction in which a call has failed', () => {
  it('rejects with that error when the closure lets it pass', async () => {
    const { adapter, data } = await scripted()
    const error = failure('UniqueViolation')
    adapter.next('insert', error)
    await expect(data.transaction((tx) => tx.notes.insert({ text: 'a' }))).rejects.toBe(error)
  })

  it('asks the database nothing more, and rolls back even when the closure goes on', async () => {
    const { adapter, data } = await scripted()
    adapter.next('insert', failure('UniqueViolation'))
    const codes: string[] = []
    const error = await rejectionOf(() =>
      data.transaction(async (tx) => {
        for (const call of [
          () => tx.notes.insert({ text: 'a' }),
          () => tx.notes.insert({ text: 'b' }),
          () => tx.notes.find(),
          () => tx.notes.count(),
          () => tx.notes.deleteMany({ where: {} }),
          () => tx.transaction(async () => 'inner'),
        ]) {
          codes.push(await rejectedCode(call))
        }
        return 'never told'
      }),
    )
    expect(codes).toEqual([
      'UniqueViolation',
      ...Array.from({ length: 5 }, () => 'TransactionAborted'),
    ])
    expect(error).toMatchObject({
      code: 'TransactionAborted',
      cause: { code: 'UniqueViolation' },
      details: { outcome: 'not-applied' },
    })
    expect(adapter.calls).toEqual([begin, 'insert', 'rollback'])
  })

  it('rejects with the error of its closure, when that is another one', async () => {
    const { adapter, data } = await scripted()
    adapter.next('insert', failure('UniqueViolation'))
    const mine = new Error('mine')
    const work = data.transaction(async (tx) => {
      await tx.notes.insert({ text: 'a' }).catch(() => {
        throw mine
      })
    })
    await expect(work).rejects.toBe(mine)
    expect(adapter.calls).toEqual([begin, 'insert', 'rollback'])
  })

  it.each(['find', 'aggregate', 'update', 'delete'])('is doomed by any call: %s', async (call) => {
    const { adapter, data } = await scripted()
    adapter.next(call, new Error('the driver broke'))
    const error = await rejectionOf(() =>
      data.transaction(async ({ notes }) => {
        const calls: Record<string, () => PromiseLike<unknown>> = {
          find: () => notes.find(),
          aggregate: () => notes.count(),
          update: () => notes.update('a', { n: 1 }),
          delete: () => notes.delete('a'),
        }
        await Promise.resolve(calls[call]!()).catch(() => undefined)
      }),
    )
    expect(error.code).toBe('TransactionAborted')
    expect(adapter.calls).toEqual([begin, call, 'rollback'])
  })
})

describe('a transaction in which a call was refused', () => {
  it('goes on after what the service itself refuses, or finds missing or changed', async () => {
    const { adapter, data } = await scripted()
    const codes: string[] = []
    const result = await data.transaction(async (tx) => {
      const { notes } = tx
      const refused: (() => PromiseLike<unknown>)[] = [
        () => notes.insert({ nope: 1 } as never),
        () => notes.insert({ text: null } as never),
        () => notes.find({ where: { nope: 1 } } as never),
        () => notes.update('a', {}),
        () => notes.updateMany({ where: undefined, set: { n: 1 } } as never),
      ]
      for (const call of refused) codes.push(await rejectedCode(call))
      expect(adapter.calls).toEqual([begin])
      adapter.rows = []
      codes.push(await rejectedCode(() => notes.get('b')))
      codes.push(await rejectedCode(() => notes.update('b', { n: 1 })))
      codes.push(await rejectedCode(() => notes.delete('b', { ifVersion: 1 })))
      return 'committed'
    })
    expect(result).toBe('committed')
    expect(codes.slice(0, 5)).toEqual([
      'UnknownField',
      'InvalidValue',
      'UnknownField',
      'InvalidValue',
      'InvalidQuery',
    ])
    expect(codes.slice(5)).toEqual(['NotFound', 'NotFound', 'NotFound'])
    expect(adapter.calls.at(-1)).toBe('commit')
  })
})

describe('a transaction that takes too long', () => {
  it('is rolled back with TransactionTimeout, and refuses what its closure still tries', async () => {
    const { adapter, data, runtime } = await scripted()
    const { open, closed } = gate()
    let later: string | undefined
    const work = data.transaction(
      async (tx) => {
        await closed
        later = await rejectedCode(() => tx.notes.insert({ text: 'a' }))
      },
      { timeoutMs: 100 },
    )
    const outcome = rejectionOf(() => work)
    await runtime.advance(99)
    expect(adapter.calls).toEqual([begin])
    await runtime.advance(1)
    expect(await outcome).toMatchObject({
      code: 'TransactionTimeout',
      details: { outcome: 'not-applied' },
    })
    expect(adapter.calls).toEqual([begin, 'rollback'])
    open()
    await settled()
    expect(later).toBe('TransactionAborted')
    expect(adapter.calls).toEqual([begin, 'rollback'])
  })

  it('is noticed by its calls when no timer gets a turn', async () => {
    const { adapter, data, runtime } = await scripted()
    const codes: string[] = []
    const clock = vi.spyOn(runtime, 'monotonic')
    const error = await rejectionOf(() =>
      data.transaction(
        async (tx) => {
          for (const now of [0, 100, 101, 0]) {
            clock.mockReturnValue(now)
            codes.push(
              await tx.notes.count().then(
                () => 'counted',
                (cause: { code: string }) => cause.code,
              ),
            )
          }
        },
        { timeoutMs: 100 },
      ),
    )
    expect(error).toMatchObject({
      code: 'TransactionTimeout',
      details: { outcome: 'not-applied' },
    })
    expect(codes.slice(0, 3)).toEqual(['counted', 'counted', 'TransactionAborted'])
    expect(adapter.calls).toEqual([begin, 'aggregate', 'aggregate', 'rollback'])
    expect(runtime.pendingTimers).toBe(0)
  })

  it('is noticed at its end when no timer gets a turn', async () => {
    const { adapter, data, runtime } = await scripted()
    const work = async () => void vi.spyOn(runtime, 'monotonic').mockReturnValue(101)
    const error = await rejectionOf(() => data.transaction(work, { timeoutMs: 100 }))
    expect(error.code).toBe('TransactionTimeout')
    expect(adapter.calls).toEqual([begin, 'rollback'])
  })

  it('has 10 seconds when nothing is said, and is not run again', async () => {
    const { adapter, data, runtime } = await scripted()
    const outcome = rejectionOf(() => data.transaction(() => new Promise(() => {})))
    await runtime.advance(9_999)
    expect(adapter.calls).toEqual([begin])
    await runtime.advance(1)
    expect((await outcome).code).toBe('TransactionTimeout')
    await runtime.advance(60_000)
    expect(adapter.calls).toEqual([begin, 'rollback'])
  })

  it('waits for the call that is under way before it rolls back', async () => {
    const { adapter, data, runtime } = await scripted()
    const { open, closed } = gate()
    adapter.next('insert', closed)
    const work = () => data.transaction((tx) => tx.notes.insert({ text: 'a' }), { timeoutMs: 100 })
    const outcome = rejectionOf(work)
    await runtime.advance(100)
    expect(adapter.calls).toEqual([begin, 'insert'])
    open()
    expect((await outcome).code).toBe('TransactionTimeout')
    expect(adapter.calls).toEqual([begin, 'insert', 'rollback'])
  })

  it('does not commit when time ran out while it waited for a call that nobody awaited', async () => {
    const { adapter, data, runtime } = await scripted()
    const { open, closed } = gate()
    adapter.next('insert', closed)
    const work = () =>
      data.transaction(async (tx) => void tx.notes.insert({ text: 'a' }), { timeoutMs: 100 })
    const outcome = rejectionOf(work)
    await runtime.advance(100)
    open()
    expect((await outcome).code).toBe('TransactionTimeout')
    expect(adapter.calls).toEqual([begin, 'insert', 'rollback'])
  })
})

describe('a transaction in a transaction', () => {
  it('is the same one', async () => {
    const { adapter, data } = await scripted()
    const result = await data.transaction((tx) =>
      tx.transaction(async (inner) => {
        await inner.notes.insert({ text: 'a' })
        return inner.transaction(async (innermost) => innermost.notes.count())
      }),
    )
    expect(result).toBe(1)
    expect(adapter.calls).toEqual([begin, 'insert', 'aggregate', 'commit'])
  })

  it('dooms the outer one when it fails, though the outer closure catches that', async () => {
    const { adapter, data } = await scripted()
    const mine = new Error('mine')
    const error = await rejectionOf(() =>
      data.transaction(async (tx) => {
        await tx.transaction(() => Promise.reject(mine)).catch(() => undefined)
        return 'never told'
      }),
    )
    expect(error).toMatchObject({ code: 'TransactionAborted', cause: mine })
    expect(adapter.calls).toEqual([begin, 'rollback'])
  })

  it.each<[what: string, args: unknown[]]>([
    ['no closure', []],
    ['options', [async () => 1, { maxRetries: 1 }]],
  ])('is refused with %s, and dooms nothing', async (_, args) => {
    const { adapter, data } = await scripted()
    const code = await data.transaction((tx) => {
      const join = tx.transaction.bind(tx) as (...args: unknown[]) => Promise<unknown>
      return rejectedCode(() => join(...args))
    })
    expect(code).toBe('InvalidOptions')
    expect(adapter.calls).toEqual([begin, 'commit'])
  })
})

describe('a transaction that is over', () => {
  it('refuses every call with TransactionAborted, and asks the database nothing', async () => {
    const { adapter, data } = await scripted()
    const tx = await data.transaction(async (inside) => [inside] as const)
    adapter.calls.length = 0
    const [{ notes }] = tx
    const calls: (() => PromiseLike<unknown>)[] = [
      () => notes.find(),
      () => notes.findOne(),
      () => notes.get('a'),
      () => notes.page(),
      () => notes.count(),
      () => notes.aggregate({ measures: { n: 'count' } }),
      () => notes.stream()[Symbol.asyncIterator]().next(),
      () => notes.insert({ text: 'a' }),
      () => notes.upsert({ on: ['id'], insert: { text: 'a' }, update: { n: 1 } }),
      () => notes.deleteMany({ where: {} }),
      () => tx[0].transaction(async () => 'inner'),
    ]
    for (const call of calls) expect(await rejectedCode(call)).toBe('TransactionAborted')
    expect(adapter.calls).toEqual([])
  })
})
