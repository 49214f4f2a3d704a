import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/contract/change-log.ts'
import { difference } from '../../src/live/difference.ts'
import { LiveIndex } from '../../src/live/live-index.ts'
import { Window } from '../../src/live/window.ts'
import type { FindPlan } from '../../src/query/ast.ts'
import { evaluateFind } from '../../src/query/evaluate.ts'
import { planLive } from '../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { CollectionDefinition, Row } from '../../src/schema/definition.ts'
import { anyWhere } from '../query/filters.ts'
import { check } from '../support/check.ts'
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

/** Windows of the queries, which are followed step by step and compared with a query each time. */
function followAll(
  plans: readonly FindPlan[],
  steps: readonly Step[],
  change: (table: Map<string, Row>, step: Step) => Change | undefined,
): void {
  const table = new Map<string, Row>()
  const index = new LiveIndex<FindPlan>(plans[0]!.collection)
  const windows = plans.map((plan) => {
    const window = new Window(plan, index.holdingsOf(plan))
    index.add(plan.filter, plan)
    window.replace([])
    return { plan, window, rows: [] as Row[] }
  })
  for (const step of steps) {
    const entry = change(table, step)
    if (entry === undefined) continue
    const touched = index.touchedBy(entry)
    for (const { plan, window, rows } of windows) {
      const changes = touched.has(plan) ? window.apply(entry) : []
      const wanted = evaluateFind(plan, table.values())
      if (window.needsRefill) changes.push(...window.replace(wanted))
      for (const each of changes) takeStep(rows, each)
      expect(rows).toEqual(wanted)
      expect(window.rows).toEqual(wanted)
      // Nobody is told of a step that goes nowhere.
      for (const each of changes) {
        if (each.type === 'update' && each.from === each.to) expect(each.row).not.toEqual(each.old)
      }
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

describe('a window', () => {
  it('shows after every change what the query finds, whatever it asks', () => {
    const plan = fc
      .tuple(anyWhere, orderOf('name', 'count', 'int', 'text', 'float', 'wide', 'date'), anyLimit)
      .map(([where, orderBy, limit]) => planLive(things, { where, orderBy, ...limit }))
    check(
      fc.property(
        fc.array(plan, { minLength: 1, maxLength: 4 }),
        stepsOf(anyThing),
        (plans, steps) => {
          followAll(plans, steps, (table, step) => {
            const row = 'put' in step ? step.put : step.take
            const old = table.get(String(row.id)) ?? null
            if ('put' in step) table.set(String(row.id), row)
            else if (!table.delete(String(row.id))) return undefined
            return entryOf(things, old, 'put' in step ? row : null)
          })
        },
      ),
      200,
    )
  })

  it('goes by what it holds where rows were replaced of which the log says nothing', () => {
    const where = fc.constantFrom<object>(
      {},
      { rank: { gt: 0 } },
      { name: { ne: 'a' } },
      { team: 'x' },
    )
    const plan = fc
      .tuple(where, orderOf('name', 'rank', 'team'), anyLimit)
      .map(([filter, orderBy, limit]) => planLive(people, { where: filter, orderBy, ...limit }))
    const sameValues = (a: Row, b: Row) =>
      (a.name !== null && a.name === b.name) ||
      (a.rank !== null && a.rank === b.rank && a.team === b.team)
    check(
      fc.property(
        fc.array(plan, { minLength: 1, maxLength: 4 }),
        stepsOf(anyPerson),
        (plans, steps) => {
          followAll(plans, steps, (table, step) => {
            const row = 'put' in step ? step.put : step.take
            if ('take' in step) {
              const old = table.get(String(row.id))
              table.delete(String(row.id))
              return old && entryOf(people, old, null)
            }
            for (const [key, other] of table) if (sameValues(other, row)) table.delete(key)
            table.set(String(row.id), row)
            return entryOf(people, null, row)
          })
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
