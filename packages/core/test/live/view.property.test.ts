import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/contract/change-log.ts'
import { difference } from '../../src/live/difference.ts'
import { LiveIndex } from '../../src/live/live-index.ts'
import { createView } from '../../src/live/create-view.ts'
import type { LivePlan, View } from '../../src/live/view.ts'
import { evaluateAggregate } from '../../src/query/aggregate.ts'
import { evaluateFind } from '../../src/query/evaluate.ts'
import { planAggregate } from '../../src/query/plan-aggregate.ts'
import { planLive } from '../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { CollectionDefinition, Row } from '../../src/schema/definition.ts'
import { anyWhere } from '../query/filters.ts'
import { check, checkAsync } from '../support/check.ts'
import { anyThing, anyThings, things } from '../support/things.ts'
import { takeStep } from './follow.ts'

const people = defineSchema({
  people: collection({
    id: t.id(),
    name: t.text({ maxLength: 9 }).nullable(),
    team: t.text({ maxLength: 9 }),
    rank: t.int().nullable(),
  })
    .unique('name')
    .unique('team', 'rank'),
}).definition.collections.get('people')!

const anyPerson: fc.Arbitrary<Row> = fc.record({
  id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
  name: fc.constantFrom('a', 'b', 'c', 'd', null),
  team: fc.constantFrom('x', 'y'),
  rank: fc.constantFrom(null, 0, 1, 2),
})

const anyLimit = fc.constantFrom({}, { limit: 0 }, { limit: 1 }, { limit: 2 }, { limit: 4 })
const orderOf = (...names: string[]) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom('asc', 'desc')), {
      selector: ([name]) => name,
      maxLength: 2,
    })
    .map((terms) => terms.map(([name, direction]) => ({ [name]: direction })))

/** Aggregates of people: counts alone are counted on, and everything else is asked for. */
const anyMeasures = fc.constantFrom<object>(
  { measures: { n: 'count' } },
  { measures: { n: 'count', m: 'count' }, having: { n: { gt: 1 } } },
  { groupBy: ['team'], measures: { n: 'count' }, orderBy: { n: 'desc' } },
  { groupBy: ['rank'], measures: { last: { max: 'name' } }, limit: 2 },
  { measures: { total: { sum: 'rank' } } },
)
const thingMeasures = [
  { measures: { n: 'count' } },
  { measures: { n: 'count' }, having: { n: { gt: 2 } } },
  { groupBy: ['boolean'], measures: { n: 'count', high: { max: 'int' } } },
  { groupBy: ['id'], measures: { n: 'count' }, orderBy: { id: 'desc' } },
  { measures: { total: { sum: 'count' }, low: { min: 'text' } } },
]

/** What a table does with rows that come one after another: put, or taken away. */
type Step = { readonly put: Row } | { readonly take: Row }
const stepsOf = (row: fc.Arbitrary<Row>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ put: row }) },
      { weight: 1, arbitrary: fc.record({ take: row }) },
    ),
    { maxLength: 25 },
  )

/** How many rows a view may hold here; some of the queries match more. */
const maxRows = 5

/** Answers what a view asks from the rows of a table. */
async function answer(view: View, table: ReadonlyMap<string, Row>): Promise<void> {
  const take = await view.ask({
    find: async (plan) => evaluateFind(plan, table.values()),
    aggregate: async (plan) => evaluateAggregate(plan, table.values()),
  })
  take()
}

function wantedOf(plan: LivePlan, rows: Iterable<Row>): Row[] {
  if ('finish' in plan) return plan.finish(evaluateAggregate(plan.plan, rows))
  return evaluateFind(plan, rows)
}

/** Views of the queries, which are followed step by step and compared with a query each time. */
async function followAll(
  collectionOf: CollectionDefinition,
  plans: readonly LivePlan[],
  steps: readonly Step[],
  change: (table: Map<string, Row>, step: Step) => Change | undefined,
  hidesReplaced: boolean,
): Promise<void> {
  const table = new Map<string, Row>()
  const index = new LiveIndex<LivePlan>(collectionOf, hidesReplaced)
  const site = { maxRows, indexOf: () => index }
  const views = plans.map((plan) => {
    const view = createView(plan, site, plan)
    return { plan, view, rows: [] as Row[], shown: undefined as readonly Row[] | undefined }
  })
  for (const { view } of views) await answer(view, table)
  for (const step of steps) {
    const entry = change(table, step)
    if (entry === undefined) continue
    const touched = index.touchedBy(entry)
    for (const each of views) {
      const { plan, view, rows } = each
      if (touched.has(plan)) view.apply(entry)
      const wanted = wantedOf(plan, table.values())
      if (view.isStale) await answer(view, table)
      expect(view.fault?.code).toBe(wanted.length > maxRows ? 'TooLarge' : undefined)
      if (view.fault !== undefined) continue
      const changes = view.take()
      expect(view.rows).toEqual(wanted)
      // Nobody is told of what is as it was.
      if (changes !== undefined) expect(view.rows).not.toEqual(each.shown)
      each.shown = view.rows
      if ('finish' in plan) continue
      for (const one of changes ?? []) {
        takeStep(rows, one)
        if (one.type === 'update' && one.from === one.to) expect(one.row).not.toEqual(one.old)
      }
      expect(rows).toEqual(wanted)
    }
  }
}

const entryOf = (collectionOf: CollectionDefinition, old: Row | null, row: Row | null): Change => ({
  collection: collectionOf,
  old,
  row,
  actor: null,
  mutationId: null,
})

describe('a view', () => {
  it('shows after every change what the query finds, whatever it asks', async () => {
    const anyAggregate = fc
      .tuple(anyWhere, fc.constantFrom<object>(...thingMeasures))
      .map(([where, measures]): LivePlan => planAggregate(things, { where, ...measures }))
    const plan = fc
      .tuple(anyWhere, orderOf('name', 'count', 'int', 'text', 'float', 'wide', 'date'), anyLimit)
      .map(([where, orderBy, limit]): LivePlan => planLive(things, { where, orderBy, ...limit }))
    await checkAsync(
      fc.asyncProperty(
        fc.array(fc.oneof(plan, anyAggregate), { minLength: 1, maxLength: 4 }),
        stepsOf(anyThing),
        async (plans, steps) => {
          const put = (table: Map<string, Row>, step: Step) => {
            const row = 'put' in step ? step.put : step.take
            const old = table.get(String(row.id)) ?? null
            if ('put' in step) table.set(String(row.id), row)
            else if (!table.delete(String(row.id))) return undefined
            return entryOf(things, old, 'put' in step ? row : null)
          }
          await followAll(things, plans, steps, put, false)
        },
      ),
      200,
    )
  })

  it('goes by what it holds where rows were replaced of which the log says nothing', async () => {
    const where = fc.constantFrom<object>(
      {},
      { rank: { gt: 0 } },
      { name: { ne: 'a' } },
      { team: 'x' },
    )
    const plan = fc
      .tuple(where, orderOf('name', 'rank', 'team'), anyLimit)
      .map(([filter, orderBy, limit]): LivePlan =>
        planLive(people, { where: filter, orderBy, ...limit }),
      )
    const measured = fc
      .tuple(where, anyMeasures)
      .map(([filter, measures]): LivePlan => planAggregate(people, { where: filter, ...measures }))
    const sameValues = (a: Row, b: Row) =>
      (a.name !== null && a.name === b.name) ||
      (a.rank !== null && a.rank === b.rank && a.team === b.team)
    await checkAsync(
      fc.asyncProperty(
        fc.array(fc.oneof(plan, measured), { minLength: 1, maxLength: 4 }),
        stepsOf(anyPerson),
        async (plans, steps) => {
          const replace = (table: Map<string, Row>, step: Step) => {
            const row = 'put' in step ? step.put : step.take
            if ('take' in step) {
              const old = table.get(String(row.id))
              table.delete(String(row.id))
              return old && entryOf(people, old, null)
            }
            for (const [key, other] of table) if (sameValues(other, row)) table.delete(key)
            table.set(String(row.id), row)
            return entryOf(people, null, row)
          }
          await followAll(people, plans, steps, replace, true)
        },
      ),
      500,
    )
  })
})

describe('the difference of two lists', () => {
  it('leads from one to the other', () => {
    check(
      fc.property(anyThings, anyThings, fc.boolean(), (before, after, alike) => {
        const wanted = alike ? [...after, ...before.filter(isNew(after))] : after
        const rows = [...before]
        for (const change of difference(things, before, wanted)) takeStep(rows, change)
        expect(rows).toEqual(wanted)
      }),
      500,
    )
  })

  it('is nothing for equal lists, and quick for long ones', () => {
    const long = Array.from({ length: 50_000 }, (_, n): Row => ({
      id: String(n).padStart(6, '0'),
      name: null,
      team: 'x',
      rank: null,
    }))
    expect(difference(people, long, structuredClone(long))).toEqual([])
    expect(difference(people, [], long)).toHaveLength(long.length)
    expect(difference(people, long, [])).toHaveLength(long.length)
    const odd = long.filter((_, index) => index % 2 === 1)
    expect(difference(people, long, odd)).toHaveLength(long.length / 2)
  })
})

const isNew = (rows: readonly Row[]) => (row: Row) => rows.every(({ id }) => id !== row.id)
