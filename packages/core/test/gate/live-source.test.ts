import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import type { Position } from '../../src/contract/change-log.ts'
import type { Gate, Source } from '../../src/gate/index.ts'
import { canonicalJson, type Json } from '../../src/lib/json.ts'
import type { WireChange } from '../../src/protocol/messages/wire-change.ts'
import { codeOf, rejectedCode } from '../support/errors.ts'
import { engines, serve, type Served } from './services.ts'

describe('a live source', () => {
  it.each<[what: string, one: Json, other: Json]>([
    ['operators', { where: { rank: 1 } }, { where: { rank: { eq: 1 } } }],
    ['order of terms', { where: { rank: 1, title: 'a' } }, { where: { title: 'a', rank: 1 } }],
    ['AND', { where: { rank: 1 } }, { where: { AND: [{ rank: 1 }, { rank: 1 }] } }],
    ['the key at the end of an order', {}, { orderBy: { id: 'asc' }, where: {} }],
    ['how decimals are written', { where: { price: '1.5' } }, { where: { price: '1.50' } }],
  ])('has one form for all who ask the same, in spite of %s', async (_, one, other) => {
    const { gate } = await serve(memory())
    expect(gate.live('notes', one).form).toBe(gate.live('notes', other).form)
  })

  it('has a form of its own for each other query', async () => {
    const { gate } = await serve(memory())
    const queries: Json[] = [
      {},
      { where: { rank: 1 } },
      { where: { rank: 2 } },
      { where: { total: '1' } },
      { orderBy: { rank: 'asc' } },
      { orderBy: { rank: 'desc' } },
      { limit: 1 },
      { limit: 2 },
    ]
    const forms = [
      ...queries.map((query) => gate.live('notes', query).form),
      gate.live('pairs', {}).form,
    ]
    expect(new Set(forms).size).toBe(forms.length)
    expect(gate.live('notes', { limit: 2 }).isWindow).toBe(true)
    expect(gate.live('notes', {}).isWindow).toBe(false)
  })

  it.each<[code: string, collection: string, query: Json]>([
    ['UnknownCollection', 'nope', {}],
    ['InvalidQuery', 'notes', null],
    ['InvalidQuery', 'notes', { nope: 1 }],
    ['InvalidQuery', 'notes', { limit: -1 }],
    ['UnknownField', 'notes', { where: { nope: 1 } }],
    ['UnknownOperator', 'notes', { where: { tags: ['a'] } }],
    ['InvalidValue', 'notes', { where: { total: 5 } }],
    ['Unsupported', 'notes', { select: ['id'] }],
    ['Unsupported', 'notes', { offset: 1 }],
  ])('refuses with %s what cannot be followed: %s %j', async (code, collection, query) => {
    const { gate } = await serve(memory())
    expect(codeOf(() => gate.live(collection, query))).toBe(code)
  })

  it('names rows and keys in the row codec', async () => {
    const { data, gate } = await serve(memory())
    const source = gate.live('pairs', {})
    const changes: WireChange[] = []
    const stop = source.subscribe((event) => {
      if (event.status === 'live') changes.push(...event.changes)
    })
    await gate.delivered()
    await data.pairs.insert({ a: -5n, b: 'x', n: 1 })
    await data.pairs.delete({ a: -5n, b: 'x' })
    await gate.delivered()
    stop()
    expect(changes).toEqual([
      ['put', { a: '-5', b: 'x', n: 1 }],
      ['remove', ['-5', 'x']],
    ])
  })
})

describe.each(Object.entries(engines))('what was missed on %s', (_, adapter) => {
  it('leads from the rows that were to the rows that are, for every query and between all positions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 12 }), async (writes) => {
        const served = await serve(adapter())
        const states = [await stateOf(served)]
        for (const [index, each] of writes.entries()) {
          await doWrite(served.gate, `m${index}`, each)
          states.push(await stateOf(served))
        }
        await checkAll(served.gate, states)
        await served.data.close()
      }),
      { seed: Number(process.env.WHERRY_SEED ?? 20_260_101), numRuns: 25 },
    )
  }, 30_000)

  it('is one change for each row that was touched', async () => {
    const { gate } = await serve(adapter())
    const before = (await stateOf({ gate })).position
    for (const rank of [0, 1, 2]) {
      await doWrite(gate, `r${rank}`, { method: 'upsert', id: 'n1', rank })
    }
    await doWrite(gate, 'n2', { method: 'upsert', id: 'n2', rank: 1 })
    const { position } = await stateOf({ gate })
    const missed = await gate.live('notes', { where: { rank: { gt: 0 } } }).missed(before, position)
    expect(missed).toEqual([
      ['put', expect.objectContaining({ id: 'n1', rank: 2 })],
      ['put', expect.objectContaining({ id: 'n2', rank: 1 })],
    ])
  })

  it('takes away what SQL may have replaced, where the log has no row before', async () => {
    const { hidesReplaced } = adapter().log
    const { data, gate } = await serve(adapter())
    const { position: before } = await stateOf({ gate })
    await data.pairs.insert({ a: 1n, b: 'x', n: 0 })
    const { position } = await stateOf({ gate })
    const source = gate.live('pairs', { where: { n: 1 } })
    const taken: WireChange = ['remove', ['1', 'x']]
    expect(await source.missed(before, position)).toEqual(hidesReplaced ? [taken] : [])
  })

  it('cannot be said where SQL may have replaced the holder of a unique value', async () => {
    const { hidesReplaced } = adapter().log
    const { data, gate } = await serve(adapter())
    const { position: before } = await stateOf({ gate })
    await data.notes.insert({ title: 'a' })
    const { position } = await stateOf({ gate })
    const missed = gate.live('notes', {}).missed(before, position)
    if (hidesReplaced) expect(await rejectedCode(() => missed)).toBe('PositionLost')
    else expect(await missed).toMatchObject([['put', { title: 'a' }]])
  })

  it('is nothing where a client inserted what concerns nobody', async () => {
    const { gate } = await serve(adapter())
    const { position: before } = await stateOf({ gate })
    await doWrite(gate, 'm', { method: 'upsert', id: 'n1', rank: 0 })
    const { position } = await stateOf({ gate })
    const source = gate.live('notes', { where: { rank: 1 } })
    expect(await source.missed(before, position)).toEqual([])
  })

  it('is nothing from a position to itself, and back from a later one', async () => {
    const { gate } = await serve(adapter())
    const first = await stateOf({ gate })
    await doWrite(gate, 'm', { method: 'upsert', id: 'n1', rank: 1 })
    const second = await stateOf({ gate })
    const source = gate.live('notes', {})
    expect(await source.missed(second.position, second.position)).toEqual([])
    expect(await source.missed(second.position, first.position)).toEqual([])
  })

  it.each(['', 'nowhere:1', 'x', ':', '__proto__', '9'.repeat(4_000), 'a:b:c', '\0'])(
    'cannot be said from %j',
    async (after) => {
      const { gate } = await serve(adapter())
      await doWrite(gate, 'm', { method: 'upsert', id: 'n1', rank: 1 })
      const { position } = await stateOf({ gate })
      const source = gate.live('notes', {})
      expect(await rejectedCode(() => source.missed(after, position))).toBe('PositionLost')
    },
  )

  it.each(['-1', '1.5', '1e3', ' 1', '999999999999', '9'.repeat(400), 'x', ''])(
    'cannot be said from the place %j of the same log',
    async (place) => {
      const { gate } = await serve(adapter())
      await doWrite(gate, 'm', { method: 'upsert', id: 'n1', rank: 1 })
      const { position } = await stateOf({ gate })
      const after = `${await gate.generation()}:${place}`
      const source = gate.live('notes', {})
      expect(await rejectedCode(() => source.missed(after, position))).toBe('PositionLost')
    },
  )

  it('is not said when it is more than it is worth', async () => {
    const { gate } = await serve(adapter())
    const source = gate.live('pairs', { where: { n: 1 } })
    const { position } = await stateOf({ gate })
    const rows = Array.from({ length: 10_001 }, (__, n) => ({ a: String(n), b: 'x', n: 0 }))
    const insert = (id: string, args: Json[]) =>
      gate.mutate(id, { collection: 'pairs', method: 'insertMany', args })
    await insert('most', [rows.slice(1)])
    const most = (await stateOf({ gate })).position
    expect((await source.missed(position, most)).length).toBeLessThanOrEqual(10_000)
    await insert('more', [rows.slice(0, 1)])
    const { position: all } = await stateOf({ gate })
    expect(await rejectedCode(() => source.missed(position, all))).toBe('PositionLost')
  })
})

const queries: readonly Json[] = [
  {},
  { where: { rank: { gt: 0 } } },
  { where: { NOT: { rank: 1 } }, orderBy: { rank: 'desc' } },
  { where: { title: { startsWith: 'n' }, rank: { in: [0, 2] } } },
]

type Write = { readonly method: 'upsert' | 'delete' | 'all' | 'swap'; id: string; rank: number }

const write: fc.Arbitrary<Write> = fc.record({
  method: fc.constantFrom('upsert', 'upsert', 'delete', 'all', 'swap'),
  id: fc.constantFrom('n1', 'n2', 'n3'),
  rank: fc.nat({ max: 2 }),
})

function doWrite(gate: Gate, mutationId: string, { method, id, rank }: Write): Promise<Json> {
  const mutate = (name: 'upsert' | 'updateMany' | 'deleteMany', ...args: Json[]) =>
    gate.mutate(mutationId, { collection: 'notes', method: name, args })
  switch (method) {
    case 'upsert':
      return mutate('upsert', { on: ['id'], insert: { id, title: id, rank }, update: { rank } })
    case 'delete':
      return mutate('deleteMany', { where: { id } })
    case 'all':
      return mutate('updateMany', { where: {}, set: { rank } })
    case 'swap':
      return mutate('updateMany', { where: { id }, set: { title: `t${id}` } })
  }
}

interface State {
  readonly position: Position
  /** The rows of each query, as they travel. */
  readonly rows: readonly (readonly Json[])[]
}

/** The position, and the rows that were read while nobody wrote. */
async function stateOf({ gate }: Pick<Served, 'gate'>): Promise<State> {
  const rows = queries.map(async (query) => {
    const { value } = await gate.read({ collection: 'notes', method: 'find', args: [query] })
    return value as Json[]
  })
  return { position: await positionOf(gate.live('notes', {})), rows: await Promise.all(rows) }
}

function positionOf(source: Source): Promise<Position> {
  return new Promise((resolve) => {
    const end = source.subscribe((event) => {
      queueMicrotask(() => end())
      if (event.status !== 'error') resolve(event.position)
    })
  })
}

async function checkAll(gate: Gate, states: readonly State[]): Promise<void> {
  for (const [index, query] of queries.entries()) {
    const source = gate.live('notes', query)
    for (const [from, before] of states.entries()) {
      for (const after of states.slice(from)) {
        const missed = await source.missed(before.position, after.position)
        expect(applied(before.rows[index]!, missed)).toEqual(byKey(after.rows[index]!))
        // Applied again, or to what is newer already, they change nothing.
        expect(applied(after.rows[index]!, missed)).toEqual(byKey(after.rows[index]!))
      }
    }
  }
}

type Keyed = ReadonlyMap<string, Json>

function byKey(rows: readonly Json[]): Keyed {
  return new Map(rows.map((row) => [canonicalJson([(row as { id: string }).id]), row]))
}

function applied(rows: readonly Json[], changes: readonly WireChange[]): Keyed {
  const result = new Map(byKey(rows))
  for (const [what, about] of changes) {
    if (what === 'put') result.set(canonicalJson([(about as { id: string }).id]), about)
    else result.delete(canonicalJson(about as Json))
  }
  return result
}
