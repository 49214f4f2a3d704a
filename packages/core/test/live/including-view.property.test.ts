import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/contract/change-log.ts'
import { createView } from '../../src/live/create-view.ts'
import { LiveIndex } from '../../src/live/live-index.ts'
import { uniqueValues } from '../../src/live/unique-values.ts'
import { evaluateFind } from '../../src/query/evaluate.ts'
import { findIncluding } from '../../src/query/include.ts'
import { planLive } from '../../src/query/plan-find.ts'
import type { FindPlan } from '../../src/query/ast.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { CollectionDefinition, Row } from '../../src/schema/definition.ts'
import { checkAsync } from '../support/check.ts'
import { takeStep } from './follow.ts'

const { definition } = defineSchema({
  users: collection({
    id: t.id(),
    name: t.text({ maxLength: 9 }).nullable(),
    bossId: t.ref('users').nullable(),
  }).unique('name'),
  posts: collection({ id: t.id(), userId: t.ref('users').nullable(), rank: t.int() }),
  tags: collection({ id: t.id(), name: t.text() }),
  taggings: collection({ id: t.id(), postId: t.ref('posts'), tagId: t.ref('tags') }),
}).relations((of) => ({
  users: {
    boss: of.users.belongsTo('users', 'bossId'),
    posts: of.users.hasMany('posts', 'userId'),
  },
  posts: {
    user: of.posts.belongsTo('users', 'userId'),
    tags: of.posts.hasManyThrough('tags', {
      through: 'taggings',
      field: 'postId',
      toField: 'tagId',
    }),
  },
}))
const collectionOf = (name: string) => definition.collections.get(name)!

const anyId = fc.constantFrom('1', '2', '3')
const anyIdOrNone = fc.option(anyId, { nil: null })
const anyName = fc.constantFrom('a', 'b', 'c')
const rowsOf: Readonly<Record<string, fc.Arbitrary<Row>>> = {
  users: fc.record({ id: anyId, name: fc.option(anyName, { nil: null }), bossId: anyIdOrNone }),
  posts: fc.record({ id: anyId, userId: anyIdOrNone, rank: fc.constantFrom(0, 1, 2) }),
  tags: fc.record({ id: anyId, name: anyName }),
  taggings: fc.record({ id: anyId, postId: anyId, tagId: anyId }),
}

/** What happens to the row with this key. */
interface Step {
  readonly on: string
  readonly row: Row
  readonly isPut: boolean
}
const anyStep: fc.Arbitrary<Step> = fc.constantFrom(...Object.keys(rowsOf)).chain((on) =>
  fc.record({
    on: fc.constant(on),
    row: rowsOf[on]!,
    isPut: fc.constantFrom(true, true, true, false),
  }),
)

const anyQuery = fc.constantFrom<[on: string, query: object]>(
  ['users', { include: { boss: true } }],
  ['users', { where: { name: { ne: 'a' } }, include: { posts: { orderBy: { rank: 'desc' } } } }],
  ['users', { include: { posts: { where: { rank: { gt: 0 } }, limit: 1 } } }],
  ['users', { include: { posts: { select: ['rank'], include: { tags: true, user: true } } } }],
  [
    'users',
    { limit: 1, orderBy: { name: 'desc' }, include: { boss: { include: { boss: true } } } },
  ],
  ['posts', { include: { tags: { select: ['name'] }, user: { where: { name: 'a' } } } }],
  ['posts', { orderBy: { rank: 'asc' }, limit: 2, include: { tags: { limit: 1 } } }],
  ['tags', { include: {} }],
)

type Tables = ReadonlyMap<CollectionDefinition, Map<string, Row>>

const finder = (tables: Tables) => async (plan: FindPlan) =>
  evaluateFind(plan, tables.get(plan.collection)!.values()).map((row) => ({ ...row }))

/** Puts a row, or takes it away. What has its unique values goes, and the log need not say so. */
function change(tables: Tables, { on, row, isPut }: Step, hides: boolean): Change[] {
  const target = collectionOf(on)
  const table = tables.get(target)!
  const entry = (old: Row | null, now: Row | null): Change => ({
    collection: target,
    old,
    row: now,
    actor: null,
    mutationId: null,
  })
  const id = String(row.id)
  const old = table.get(id) ?? null
  table.delete(id)
  if (!isPut) return old === null ? [] : [entry(old, null)]
  const valuesOf = uniqueValues(target)
  const taken = new Set(valuesOf(row))
  const gone = Array.from(table.values()).filter((one) => valuesOf(one).some((v) => taken.has(v)))
  for (const one of gone) table.delete(String(one.id))
  table.set(id, row)
  return hides ? [entry(null, row)] : [...gone.map((one) => entry(one, null)), entry(old, row)]
}

describe.each([false, true])('a view that includes, of a log that hides rows: %s', (hides) => {
  it('shows after every change what the query finds', () =>
    checkAsync(
      fc.asyncProperty(
        anyQuery,
        fc.constantFrom(4, 100),
        fc.array(anyStep, { maxLength: 40 }),
        async ([on, query], maxRows, steps) => {
          const plan = planLive(collectionOf(on), query)
          const tables: Tables = new Map(
            Array.from(definition.collections.values(), (one) => [one, new Map()]),
          )
          const indexes = new Map(
            Array.from(definition.collections.values(), (one) => [
              one,
              new LiveIndex<string>(one, hides),
            ]),
          )
          const site = { maxRows, indexOf: (one: CollectionDefinition) => indexes.get(one)! }
          const view = createView(plan, site, 'view')
          const reader = { find: finder(tables), aggregate: () => Promise.reject(new Error('no')) }
          const rows: Row[] = []
          const catchUp = async () => {
            if (view.isStale) (await view.ask(reader))()
            const asked: number[] = []
            const wanted = await findIncluding(async (one) => {
              const found = await finder(tables)(one)
              asked.push(found.length)
              return found
            }, plan)
            const isTooMuch = asked.reduce((sum, length) => sum + length, 0) > maxRows
            expect(view.fault?.code).toBe(isTooMuch ? 'TooLarge' : undefined)
            if (isTooMuch) return
            const changes = view.take()
            expect(changes).not.toEqual([])
            for (const one of changes ?? []) takeStep(rows, one)
            expect(rows).toEqual(wanted)
            expect(view.rows).toEqual(wanted)
          }
          await catchUp()
          for (const step of steps) {
            for (const entry of change(tables, step, hides)) {
              const touched = indexes.get(entry.collection)!.touchedBy(entry)
              if (touched.has('view')) view.apply(entry)
            }
            await catchUp()
          }
          view.leave()
          for (const [one, table] of tables) {
            for (const row of table.values()) {
              const entry = { collection: one, old: null, row, actor: null, mutationId: null }
              expect(indexes.get(one)!.touchedBy(entry)).toEqual(new Set())
            }
          }
        },
      ),
      400,
    ))
})
