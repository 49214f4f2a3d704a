import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import { createDataService } from '../../src/index.node.ts'
import { rejectedCode, rejectionOf } from '../support/errors.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { failure, ScriptedAdapter } from '../support/scripted-adapter.ts'
import { schema } from './fixture.ts'

function create(adapter = new ScriptedAdapter(), runtime = new FakeRuntime()) {
  const data = createDataService({ schema, databases: [adapter], runtime })
  return { adapter, data, runtime }
}

function gate() {
  let open!: () => void
  const closed = new Promise<void>((resolve) => (open = resolve))
  return { open, closed }
}

type Data = ReturnType<typeof create>['data']

/** A call of every kind, none of which may reach an adapter that is not connected. */
const callsOf = (data: Data): (() => PromiseLike<unknown>)[] => [
  () => data.notes.find(),
  () => data.notes.count(),
  () => data.notes.insert({ text: 'a' }),
  () => data.notes.stream()[Symbol.asyncIterator]().next(),
  () => data.transaction(async () => 'ran'),
  () => data.ping(),
]

describe('connect', () => {
  it('opens the database and then looks at it, as it is told', async () => {
    for (const [options, calls] of [
      [undefined, ['connect', 'ensure create']],
      [{}, ['connect', 'ensure create']],
      [{ ensure: 'verify' }, ['connect', 'ensure verify']],
      [{ ensure: 'off' }, ['connect']],
    ] as const) {
      const { adapter, data } = create()
      await data.connect(options)
      expect(adapter.calls).toEqual(calls)
    }
  })

  it('is needed before everything else: NotConnected', async () => {
    const { adapter, data } = create()
    for (const call of callsOf(data)) expect(await rejectedCode(call)).toBe('NotConnected')
    expect(adapter.calls).toEqual([])
  })

  it('must be awaited: calls beside it are NotConnected', async () => {
    const { adapter, data } = create()
    const { open, closed } = gate()
    adapter.next('ensure', closed)
    const connecting = data.connect()
    for (const call of callsOf(data)) expect(await rejectedCode(call)).toBe('NotConnected')
    open()
    await connecting
    await data.ping()
    expect(adapter.calls).toEqual(['connect', 'ensure create', 'ping'])
  })

  it('is called once: InvalidOptions later, and while the first is under way', async () => {
    const { data } = create()
    const connecting = data.connect()
    expect(await rejectedCode(() => data.connect())).toBe('InvalidOptions')
    await connecting
    expect(await rejectedCode(() => data.connect())).toBe('InvalidOptions')
    await data.close()
    expect(await rejectedCode(() => data.connect())).toBe('InvalidOptions')
  })

  it.each(['connect', 'ensure'])(
    'may be tried again when %s failed, and leaves nothing open',
    async (call) => {
      const { adapter, data } = create()
      const error = failure('SchemaMismatch')
      adapter.next(call, error)
      await expect(data.connect()).rejects.toBe(error)
      expect(await rejectedCode(() => data.notes.find())).toBe('NotConnected')
      if (call === 'ensure') expect(adapter.calls.at(-1)).toBe('close')
      await data.connect()
      expect(await data.notes.find()).toEqual([])
    },
  )
})

describe('close', () => {
  it('ends everything: calls after it are NotConnected', async () => {
    const { adapter, data } = create()
    await data.connect()
    await data.close()
    adapter.calls.length = 0
    for (const call of callsOf(data)) expect(await rejectedCode(call)).toBe('NotConnected')
    expect(adapter.calls).toEqual([])
  })

  it('may be called again, and all calls resolve when it is done', async () => {
    const { adapter, data } = create()
    await data.connect()
    const { open, closed } = gate()
    adapter.next('close', closed)
    const done: number[] = []
    const closings = [1, 2].map((n) => data.close().then(() => done.push(n)))
    await settled()
    expect(done).toEqual([])
    open()
    await Promise.all(closings)
    await data.close()
    expect(done).toEqual([1, 2])
    expect(adapter.calls.filter((call) => call === 'close')).toHaveLength(1)
  })

  it('is final before connect, too', async () => {
    const { data } = create()
    await data.close()
    expect(await rejectedCode(() => data.connect())).toBe('InvalidOptions')
  })

  it('while connect is under way lets nothing stay open', async () => {
    const { adapter, data } = create()
    const { open, closed } = gate()
    adapter.next('connect', closed)
    const outcome = rejectedCode(() => data.connect())
    await settled()
    const closing = data.close()
    open()
    await closing
    expect(await outcome).toBe('NotConnected')
    expect(adapter.calls.indexOf('close')).toBeGreaterThan(adapter.calls.indexOf('connect'))
    expect(await rejectedCode(() => data.notes.find())).toBe('NotConnected')
  })

  it('ends what connect waits for, and does not wait for it itself', async () => {
    const { adapter, data } = create()
    const { open, closed } = gate()
    adapter.next('ensure', closed)
    const outcome = rejectedCode(() => data.connect())
    await settled()
    const closing = data.close()
    expect(adapter.calls).toEqual(['connect', 'ensure create', 'close'])
    open()
    await closing
    expect(await outcome).toBe('NotConnected')
  })

  it('while connect is under way leaves no file open', async () => {
    const file = newFile()
    const data = createDataService({ schema, databases: [sqlite({ file })] })
    const outcome = rejectedCode(() => data.connect())
    await data.close()
    expect(await outcome).toBe('NotConnected')
    expect(existsSync(`${file}-wal`)).toBe(false)
    expect(data.stats().total).toBe(0)
  })

  it('waits for a transaction that runs, which commits', async () => {
    const file = newFile()
    const data = createDataService({ schema, databases: [sqlite({ file })] })
    await data.connect()
    const { open, closed } = gate()
    const running = data.transaction(async (tx) => {
      await tx.notes.insert({ id: 'a', text: 'a' })
      await closed
      return tx.notes.count()
    })
    await settled()
    const waiting = rejectedCode(() => data.notes.insert({ text: 'b' }))
    let done = false
    const closing = data.close().then(() => (done = true))
    await settled()
    expect(done).toBe(false)
    open()
    expect(await running).toBe(1)
    expect(await waiting).toMatch(/^NotConnected$/)
    await closing
    expect(existsSync(`${file}-wal`)).toBe(false)
    const again = createDataService({ schema, databases: [sqlite({ file })] })
    await again.connect()
    expect(await again.notes.find({ select: ['id'] })).toEqual([{ id: 'a' }])
    await again.close()
  })

  it.each<[string, () => Adapter]>([
    ['memory', () => memory({ lockTimeoutMs: 100 })],
    ['sqlite', () => sqlite({ file: newFile(), lockTimeoutMs: 100 })],
    ['sqlite :memory:', () => sqlite({ file: ':memory:', lockTimeoutMs: 100 })],
  ])('does not wait for ever: a transaction that hangs on %s is rolled back', async (_, make) => {
    const runtime = new FakeRuntime()
    const adapter = make()
    const data = createDataService({ schema, databases: [adapter], runtime })
    await data.connect()
    const { open, closed } = gate()
    let later: string | undefined
    const hanging = rejectionOf(() =>
      data.transaction(async (tx) => {
        await tx.notes.insert({ text: 'a' })
        await closed
        later = await rejectedCode(() => tx.notes.insert({ text: 'b' }))
      }),
    )
    await settled()
    const closing = data.close()
    await runtime.advance(100)
    await closing
    expect(await hanging).toMatchObject({
      code: 'NotConnected',
      details: { outcome: 'not-applied' },
    })
    expect(runtime.pendingTimers).toBe(0)
    const again = createDataService({ schema, databases: [adapter], runtime })
    await again.connect()
    await again.notes.insert({ text: 'c' })
    open()
    await settled()
    expect(later).toBe('TransactionAborted')
    expect(await again.notes.find({ select: ['text'] })).toEqual([{ text: 'c' }])
    await again.close()
  })
})
