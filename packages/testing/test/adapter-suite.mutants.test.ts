import type { Adapter, Session, WriteResult } from '@wherry/core'
import type { AggregatePlan, Filter, FindPlan, WritePlan } from '@wherry/core/query'
import { behaviours, checkPing, checkSnapshot, runScenario } from '@wherry/testing'
import { describe, expect, it } from 'vitest'
import { changed } from './changed-engine.ts'

type Row = Record<string, unknown>
type Reader = Pick<Session, 'find' | 'aggregate'>
type Mutant = readonly [fault: string, behaviour: string, change: (a: Adapter) => Partial<Adapter>]

/** A change of what is read: outside of transactions, in them, and in snapshots. */
const reading =
  (mutate: (rows: Row[], plan: FindPlan) => Row[], mutatePlan = (plan: FindPlan) => plan) =>
  (adapter: Adapter): Partial<Adapter> => {
    const find = (session: Reader) => async (plan: FindPlan) =>
      mutate(await session.find(mutatePlan(plan)), plan)
    const { log } = adapter
    return {
      find: find(adapter),
      log: {
        hidesReplaced: log.hidesReplaced,
        snapshot: (collections, read) =>
          log.snapshot(collections, (reader) =>
            read({ find: find(reader), aggregate: (plan) => reader.aggregate(plan) }),
          ),
        head: () => log.head(),
        read: (after, upTo) => log.read(after, upTo),
        watch: (onCommit) => log.watch(onCommit),
      },
      transaction: (settings, work) =>
        adapter.transaction(settings, (session) =>
          work({ ...sessionOf(session), find: find(session) }),
        ),
    }
  }

/** A change of single values that are read. */
const values = (mutate: (value: unknown) => unknown) =>
  reading((rows) =>
    rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, mutate(value)])),
    ),
  )

const aggregating =
  (mutate: (rows: Row[], plan: AggregatePlan) => Row[]) =>
  (adapter: Adapter): Partial<Adapter> => ({
    aggregate: async (plan) => mutate(await adapter.aggregate(plan), plan),
  })

const writing =
  (mutate: (plan: WritePlan) => WritePlan, result = (each: WriteResult) => each) =>
  (adapter: Adapter): Partial<Adapter> => ({
    write: async (plans) => (await adapter.write(plans.map(mutate))).map(result),
  })

function sessionOf(session: Session): Session {
  return {
    find: (plan) => session.find(plan),
    aggregate: (plan) => session.aggregate(plan),
    write: (plans) => session.write(plans),
  }
}

function forgetNulls(filter: Filter): Filter {
  if (filter.kind === 'test') return { ...filter, matchesNull: false }
  return 'terms' in filter ? { ...filter, terms: filter.terms.map(forgetNulls) } : filter
}

function positive(filter: Filter): Filter {
  if (filter.kind === 'test') return { ...filter, negated: false, matchesNull: false }
  return 'terms' in filter ? { ...filter, terms: filter.terms.map(positive) } : filter
}

const mutants: readonly Mutant[] = [
  [
    'ignores limits',
    'reads',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, limit: undefined }),
    ),
  ],
  [
    'takes limit 0 for no limit',
    'reads',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, limit: plan.limit || undefined }),
    ),
  ],
  [
    'ignores limits for each value',
    'include limits',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, limitPer: undefined }),
    ),
  ],
  [
    'takes a limit for each value for one of all rows',
    'include limits',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, limitPer: undefined, limit: plan.limitPer?.limit ?? plan.limit }),
    ),
  ],
  [
    'ignores offsets',
    'reads',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, offset: 0 }),
    ),
  ],
  [
    'ignores cursors',
    'pagination',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, after: undefined }),
    ),
  ],
  [
    'ignores the cursors of streams, which then never end',
    'streaming',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, after: undefined }),
    ),
  ],
  [
    'drops the key from orders',
    'ordering',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, order: plan.order.slice(0, 1) }),
    ),
  ],
  [
    'puts null last',
    'nulls',
    reading((rows, { order }) => {
      const [first] = order
      if (first === undefined) return rows
      const { name } = first.field
      return [
        ...rows.filter((row) => row[name] !== null),
        ...rows.filter((row) => row[name] === null),
      ]
    }),
  ],
  [
    'orders texts by UTF-16',
    'texts',
    reading((rows, { order }) => {
      const name = order[0]?.field.name ?? 'id'
      const sorted = rows.toSorted((a, b) => (String(a[name]) < String(b[name]) ? -1 : 1))
      return order[0]?.descending === true ? sorted.toReversed() : sorted
    }),
  ],
  [
    'lets SQL decide about null',
    'nulls',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, filter: forgetNulls(plan.filter) }),
    ),
  ],
  [
    'forgets negations',
    'filters',
    reading(
      (rows) => rows,
      (plan) => ({ ...plan, filter: positive(plan.filter) }),
    ),
  ],
  [
    'cuts milliseconds off',
    'times, booleans, bytes and enums',
    values((value) =>
      value instanceof Date ? new Date(Math.floor(value.getTime() / 1000) * 1000) : value,
    ),
  ],
  [
    'rounds bigints',
    'numbers',
    values((value) => (typeof value === 'bigint' ? BigInt(Number(value)) : value)),
  ],
  [
    'shows booleans as numbers',
    'times, booleans, bytes and enums',
    values((value) => (typeof value === 'boolean' ? Number(value) : value)),
  ],
  [
    'gives Buffers',
    'times, booleans, bytes and enums',
    values((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
  ],
  [
    'does not pad decimals',
    'numbers',
    values((value) => (typeof value === 'string' ? value.replace(/\.?0+$/, '') : value)),
  ],
  ['trims texts', 'texts', values((value) => (typeof value === 'string' ? value.trim() : value))],
  ['takes the empty text for null', 'nulls', values((value) => (value === '' ? null : value))],
  [
    'returns what it keeps',
    'inserts',
    (adapter) => {
      const kept = new Map<string, unknown>()
      return values((value) => {
        if (typeof value !== 'object' || value === null) return value
        const text = JSON.stringify(value)
        if (!kept.has(text)) kept.set(text, value)
        return kept.get(text)
      })(adapter)
    },
  ],
  [
    'drops the null group',
    'groups',
    aggregating((rows, { groupBy }) =>
      rows.filter((row) => groupBy.every(({ name }) => row[name] !== null)),
    ),
  ],
  [
    'sums nothing to zero',
    'aggregates',
    aggregating((rows) =>
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? 0])),
      ),
    ),
  ],
  [
    'gives counts as texts',
    'aggregates',
    aggregating((rows) =>
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            typeof value === 'number' ? String(value) : value,
          ]),
        ),
      ),
    ),
  ],
  [
    'counts changed rows only',
    'updates',
    writing(
      (plan) => plan,
      (result) => ({ ...result, count: Math.min(result.count, 1) }),
    ),
  ],
  [
    'forgets unique indexes',
    'uniqueness',
    writing((plan) => ({ ...plan, collection: { ...plan.collection, indexes: [] } })),
  ],
  [
    'always updates on a conflict',
    'upsert',
    writing((plan) => (plan.kind === 'upsert' ? { ...plan, on: plan.collection.key } : plan)),
  ],
  [
    'sets instead of incrementing',
    'increments',
    writing((plan) =>
      'set' in plan
        ? { ...plan, set: plan.set.map((each) => ({ ...each, operation: 'set' as const })) }
        : plan,
    ),
  ],
  [
    'inserts row by row',
    'inserts',
    (adapter) => ({
      write: async (plans) => {
        const [plan] = plans
        if (plan?.kind !== 'insert') return adapter.write(plans)
        for (const row of plan.rows) await adapter.write([{ ...plan, rows: [row] }])
        return [{ count: plan.rows.length, rows: plan.rows }]
      },
    }),
  ],
  [
    'never rolls back',
    'transactions',
    (adapter) => ({
      transaction: async (settings, work) => {
        let outcome: { value: unknown } | { error: unknown } = { error: undefined }
        await adapter.transaction(settings, async (session) => {
          try {
            outcome = { value: await work(session) }
          } catch (error) {
            outcome = { error }
          }
        })
        if ('error' in outcome) throw outcome.error
        return (outcome as { value: never }).value
      },
    }),
  ],
  [
    'has no isolation',
    'isolation',
    (adapter) => ({
      transaction: (_, work) => work(sessionOf(adapter)),
    }),
  ],
  [
    'counts no connections',
    'lifecycle',
    () => ({ stats: () => ({ total: 0, idle: 0, active: 0, waiting: 0 }) }),
  ],
  [
    'throws errors of its own',
    'uniqueness',
    (adapter) => ({
      write: async (plans) => {
        try {
          return await adapter.write(plans)
        } catch (error) {
          throw new Error('the driver failed', { cause: error })
        }
      },
    }),
  ],
]

describe('the suite notices an adapter that', () => {
  it.each(mutants)('%s', async (_, name, change) => {
    const engine = changed(change)
    const behaviour = behaviours.find((each) => each.name === name)!
    const outcomes = []
    for (const scenario of behaviour.scenarios) {
      const { outcome } = await runScenario(engine, behaviour, scenario)
      outcomes.push(outcome)
      if (outcome === 'failed') break
    }
    expect(outcomes).toContain('failed')
  })

  it('answers every ping', async () => {
    const outcome = await checkPing(changed(() => ({ ping: async () => undefined })))
    expect(outcome).toMatchObject({ outcome: 'failed' })
  })

  it.each<[fault: string, snapshot: (adapter: Adapter) => Adapter['log']['snapshot']]>([
    [
      'reads what is newest in a snapshot',
      (adapter) => async (_, read) => {
        const position = await adapter.log.head()
        return { value: await read(sessionOf(adapter)), position }
      },
    ],
    [
      'names a later moment than that of a snapshot',
      ({ log }) =>
        async (collections, read) => {
          const { value } = await log.snapshot(collections, read)
          await new Promise((resolve) => setImmediate(resolve))
          return { value, position: await log.head() }
        },
    ],
  ])('%s', async (_, snapshot) => {
    const engine = changed((adapter) => ({
      log: {
        hidesReplaced: adapter.log.hidesReplaced,
        snapshot: snapshot(adapter),
        head: () => adapter.log.head(),
        read: (after, upTo) => adapter.log.read(after, upTo),
        watch: (onCommit) => adapter.log.watch(onCommit),
      },
    }))
    expect(await checkSnapshot(engine)).toMatchObject({ outcome: 'failed' })
  })
})
