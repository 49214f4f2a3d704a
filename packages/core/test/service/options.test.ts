import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { createDataService, systemRuntime } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { codeOf, errorOf, rejectedCode } from '../support/errors.ts'
import { schema, scripted } from './fixture.ts'

const create = createDataService as (options: unknown) => ReturnType<typeof createDataService>

describe('createDataService', () => {
  it.each<[options: unknown, code: string]>([
    [undefined, 'InvalidOptions'],
    [null, 'InvalidOptions'],
    [{}, 'InvalidOptions'],
    [{ databases: [memory()] }, 'InvalidOptions'],
    [{ schema: {}, databases: [memory()] }, 'InvalidOptions'],
    [{ schema: schema.definition, databases: [memory()] }, 'InvalidOptions'],
    [{ schema }, 'InvalidOptions'],
    [{ schema, databases: [] }, 'InvalidOptions'],
    [{ schema, databases: memory() }, 'InvalidOptions'],
    [{ schema, databases: [null] }, 'InvalidOptions'],
    [{ schema, databases: [{}] }, 'InvalidOptions'],
    [{ schema, databases: [memory], runtime: systemRuntime }, 'InvalidOptions'],
    [{ schema, databases: [memory()], runtime: {} }, 'InvalidOptions'],
    [{ schema, databases: [memory()], runtime: null }, 'InvalidOptions'],
    [
      { schema, databases: [memory()], runtime: { ...systemRuntime, fillRandom: undefined } },
      'InvalidOptions',
    ],
    [{ schema, databases: [memory()], retries: 1 }, 'InvalidOptions'],
    [{ schema, databases: [memory()], capture: 'wal' }, 'InvalidOptions'],
    [{ schema, databases: [memory()], capture: null }, 'InvalidOptions'],
    [{ schema, databases: [memory()], capture: { nobody: 'off' } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], capture: { notes: true } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: 5 }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: { keep: 5 } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: { keepEntries: 0 } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: { keepMs: -1 } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: { maxEntries: 1.5 } }, 'InvalidOptions'],
    [{ schema, databases: [memory()], log: { keepEntries: 9, maxEntries: 8 } }, 'InvalidOptions'],
    [{ schema, databases: [memory(), memory()] }, 'Unsupported'],
  ])('refuses %o with %s', (options, code) => {
    expect(codeOf(() => create(options))).toBe(code)
  })

  it('names the option that does not exist, and those that do', () => {
    const error = errorOf(() => create({ schema, database: [memory()] }))
    expect(error.message).toMatch(
      /"database".*schema, databases, capture, live, log, channels, runtime/,
    )
  })

  it('reaches a collection by any name but one that is not there', () => {
    const names = defineSchema({ a: collection({ id: t.id() }) })
    const data = createDataService({ schema: names, databases: [memory()] })
    expect(data.collection('a')).toBe(data.a)
    for (const name of ['b', '', '__proto__', 'constructor', 'toString', undefined]) {
      const error = errorOf(() => data.collection(name as never))
      expect(error.code).toBe('UnknownCollection')
      expect(error.message).toContain('it has a')
    }
  })

  it('makes an object that may be awaited and printed', async () => {
    const data = createDataService({ schema, databases: [memory()] })
    expect(await Promise.resolve(data)).toBe(data)
    expect(() => JSON.stringify(data)).not.toThrow()
  })
})

describe('the factories of adapters', () => {
  it.each<unknown>([
    null,
    5,
    'app.db',
    {},
    { file: '' },
    { file: '  ' },
    { file: 5 },
    { file: 'a\0b' },
    { file: 'a', synchronous: 'off' },
    { file: 'a', readOnly: 'yes' },
    { file: 'a', lockTimeoutMs: -1 },
    { file: 'a', lockTimeoutMs: 0 },
    { file: 'a', lockTimeoutMs: '5' },
    { file: 'a', lockTimeoutMs: Number.NaN },
    { file: 'a', lockTimeoutMs: Infinity },
    { file: 'a', timeout: 5 },
  ])('refuse sqlite(%o)', (options) => {
    expect(codeOf(() => sqlite(options as never))).toBe('InvalidOptions')
  })

  it.each<unknown>([null, 5, { lockTimeoutMs: 0 }, { lockTimeoutMs: '5' }, { size: 5 }])(
    'refuse memory(%o)',
    (options) => {
      expect(codeOf(() => memory(options as never))).toBe('InvalidOptions')
    },
  )
})

describe('connect', () => {
  it.each<unknown>([null, 5, 'create', { ensure: 'drop' }, { ensure: null }, { ensured: 'off' }])(
    'refuses %o, and may be called again',
    async (options) => {
      const data = createDataService({ schema, databases: [memory()] })
      expect(await rejectedCode(() => data.connect(options as never))).toBe('InvalidOptions')
      await data.connect()
      await data.close()
    },
  )
})

describe('transaction', () => {
  it.each<unknown>([
    null,
    5,
    { retries: 1 },
    { maxRetries: -1 },
    { maxRetries: 1.5 },
    { maxRetries: '1' },
    { maxRetries: Infinity },
    { isolationLevel: 'snapshot' },
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { timeoutMs: Infinity },
    { timeoutMs: '5' },
  ])('refuses %o before it begins', async (options) => {
    const { adapter, data } = await scripted()
    const work = () => data.transaction(async () => 'ran', options as never)
    expect(await rejectedCode(work)).toBe('InvalidOptions')
    expect(adapter.calls).toEqual([])
  })
})

describe('the options of calls', () => {
  it('are refused when they do not exist', async () => {
    const { adapter, data } = await scripted()
    const bad = { nope: 1 } as never
    const calls: (() => PromiseLike<unknown>)[] = [
      () => data.notes.get('a', bad),
      () => data.notes.update('a', { n: 1 }, bad),
      () => data.notes.delete('a', bad),
      () => data.notes.stream({}, bad)[Symbol.asyncIterator]().next(),
    ]
    for (const call of calls) expect(await rejectedCode(call)).toMatch(/^Invalid(Options|Query)$/)
    expect(adapter.calls).toEqual([])
  })

  it('are refused where they mean nothing', async () => {
    const { data } = await scripted()
    const stream = (batchSize: unknown) => () => {
      const rows = data.notes.stream({}, { batchSize: batchSize as number })
      return rows[Symbol.asyncIterator]().next()
    }
    for (const size of [0, -1, 1.5, '5', null]) {
      expect(await rejectedCode(stream(size))).toMatch(/^Invalid(Options|Query)$/)
    }
    expect(await rejectedCode(() => data.notes.get('a', { forUpdate: true }))).toBe(
      'InvalidOptions',
    )
  })
})
