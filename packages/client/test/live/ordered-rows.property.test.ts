import type { RowChange } from '@wherry/core'
import { rowComparator, parseOrder } from '@wherry/core/query'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Row } from '../../src/live/kept.ts'
import { OrderedRows, type Change } from '../../src/live/ordered-rows.ts'
import { schema } from '../support/schema.ts'

const notes = schema.definition.collections.get('notes')!
const pairs = schema.definition.collections.get('pairs')!

const row = fc.record({
  id: fc.constantFrom('1', '2', '3', '4', 'é', '😀'),
  text: fc.constantFrom('', 'a', 'A', '\ue000', '😀'),
  rank: fc.integer({ min: -2, max: 2 }),
  version: fc.integer({ min: 1, max: 2 }),
})
const change: fc.Arbitrary<Change> = fc.tuple(row, fc.boolean())
const rowsOfOneEach = fc.uniqueArray(row, { selector: ({ id }) => id })
const term = fc
  .constantFrom('id', 'text', 'rank')
  .chain((name) => fc.constantFrom('asc', 'desc').map((direction) => ({ [name]: direction })))
const orderBy = fc.option(
  fc.uniqueArray(term, { selector: (one) => Object.keys(one)[0], maxLength: 3 }),
  { nil: undefined },
)
const action = fc.oneof(
  fc.array(change, { maxLength: 5 }).map((changes) => ({ kind: 'apply' as const, changes })),
  rowsOfOneEach.map((rows) => ({ kind: 'replace' as const, rows })),
)

/** Lets steps happen one after another, as a listener would. */
function replay(rows: readonly Row[], steps: readonly RowChange[]): Row[] {
  const result = [...rows]
  for (const step of steps) {
    if (step.type === 'insert') result.splice(step.index, 0, step.row)
    else if (step.type === 'remove') {
      expect(result.splice(step.index, 1)).toEqual([step.row])
    } else {
      expect(result.splice(step.from, 1)).toEqual([step.old])
      result.splice(step.to, 0, step.row)
    }
  }
  return result
}

it('has the rows that it was told of, in order, by steps that lead to them', () => {
  fc.assert(
    fc.property(orderBy, fc.array(action), (order, actions) => {
      const compare = rowComparator(parseOrder(notes, order, notes.key))
      const rows = new OrderedRows(notes, order)
      const oracle = new Map<string, Row>()
      let seen: readonly Row[] = []
      for (const each of actions) {
        const before = [...rows.all]
        const held = rows.all
        const changes: readonly Change[] =
          each.kind === 'apply' ? each.changes : each.rows.map((one) => [one, true] as const)
        if (each.kind === 'replace') oracle.clear()
        for (const [one, isThere] of changes) {
          if (isThere) oracle.set(one['id'] as string, one)
          else oracle.delete(one['id'] as string)
        }
        const steps = rows[each.kind](changes)
        expect(rows.all).toEqual(Array.from(oracle.values()).sort(compare))
        seen = replay(seen, steps)
        expect(seen).toEqual(rows.all)
        // Whoever holds the rows from before still has them.
        expect(held).toEqual(before)
        expect(rows[each.kind](each.kind === 'apply' ? [] : changes)).toEqual([])
      }
    }),
  )
})

it('tells rows with a key of several fields apart', () => {
  const rows = new OrderedRows(pairs, [{ n: 'desc' }])
  const at = (a: number, b: string, n: number) => ({ a, b, n })
  rows.apply([
    [at(1, 'x', 1), true],
    [at(1, 'y', 2), true],
    [at(2, 'x', 3), true],
  ])
  expect(rows.apply([[{ a: 1, b: 'x' }, false]])).toEqual([
    { type: 'remove', index: 2, row: at(1, 'x', 1) },
  ])
  expect(rows.all).toEqual([at(2, 'x', 3), at(1, 'y', 2)])
})

it.each([null, 'text', 5, [5], [null], { no: 'asc' }, { text: 'up' }])(
  'takes %o for an order, for the server to refuse',
  (order) => {
    const rows = new OrderedRows(notes, order)
    rows.replace([[{ id: '2', text: 'a', rank: 1, version: 1 }, true]])
    expect(rows.all).toHaveLength(1)
  },
)
