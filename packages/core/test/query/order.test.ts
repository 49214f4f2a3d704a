import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOrder, rowComparator, valueComparator } from '../../src/query/order.ts'
import { kinds } from '../../src/schema/kinds.ts'
import { check } from '../support/check.ts'
import { errorOf } from '../support/errors.ts'
import { anyThing, pools, things } from '../support/things.ts'

const shown = (orderBy: unknown) =>
  parseOrder(things, orderBy, things.key).map(
    ({ field, descending }) => `${field.name} ${descending ? 'desc' : 'asc'}`,
  )
const orderable = things.fieldList.filter(({ kind }) => kinds[kind].allows.order)

describe('parseOrder', () => {
  it('ends every order with the key, unless it is there', () => {
    expect(shown(undefined)).toEqual(['id asc'])
    expect(shown([])).toEqual(['id asc'])
    expect(shown({ int: 'desc' })).toEqual(['int desc', 'id asc'])
    expect(shown([{ int: 'asc' }, { id: 'desc' }])).toEqual(['int asc', 'id desc'])
  })

  it('leaves out what stands behind the key, but reads it', () => {
    expect(shown([{ id: 'desc' }, { int: 'asc' }, { text: 'asc' }])).toEqual(['id desc'])
    expect(errorOf(() => shown([{ id: 'desc' }, { nope: 'asc' }])).code).toBe('UnknownField')
    expect(errorOf(() => shown([{ id: 'desc' }, { id: 'asc' }])).code).toBe('InvalidQuery')
  })

  it.each<[orderBy: unknown, code: string]>([
    [null, 'InvalidQuery'],
    ['int', 'InvalidQuery'],
    [{}, 'InvalidQuery'],
    [{ int: 'asc', text: 'asc' }, 'InvalidQuery'],
    [[{ int: 'asc' }, { int: 'desc' }], 'InvalidQuery'],
    [{ int: 'up' }, 'InvalidQuery'],
    [{ int: undefined }, 'InvalidQuery'],
    [{ int: 1 }, 'InvalidQuery'],
    [[['int', 'asc']], 'InvalidQuery'],
    [{ bytes: 'asc' }, 'InvalidQuery'],
    [{ json: 'asc' }, 'InvalidQuery'],
    [{ texts: 'asc' }, 'InvalidQuery'],
    [{ nope: 'asc' }, 'UnknownField'],
    [{ $natural: 'asc' }, 'UnknownField'],
    [JSON.parse('{ "__proto__": "asc" }'), 'UnknownField'],
  ])('refuses %o with %s', (orderBy, code) => {
    expect(errorOf(() => shown(orderBy)).code).toBe(code)
  })
})

describe('valueComparator', () => {
  it.each(orderable.map((field) => [field.name, field] as const))(
    'orders %s, with null as the smallest',
    (name, field) => {
      const pool = name === 'boolean' ? [false, true] : (pools[name] ?? [])
      const ordered = [null, ...(field.kind === 'boolean' ? pool : inOrder(pool))]
      const compare = valueComparator(field)
      expect(ordered.toReversed().sort(compare)).toEqual(ordered)
    },
  )

  /** Numbers and times as numbers, texts as bytes; decimals are listed in order. */
  function inOrder(pool: readonly unknown[]): unknown[] {
    const [first] = pool
    const decimal = /^-?\d+\.\d+$/
    if (typeof first === 'string' && !decimal.test(first)) {
      return Array.from(pool as readonly string[], (text) => Buffer.from(text))
        .sort((a, b) => Buffer.compare(a, b))
        .map(String)
    }
    if (typeof first === 'string') return [...pool]
    return [...(pool as readonly number[])].sort((a, b) => (a < b ? -1 : 1))
  }
})

describe('rowComparator', () => {
  it('is a total order: of two different rows one comes first, and it is reversed by desc', () => {
    const field = fc.constantFrom(...orderable.map(({ name }) => name))
    check(
      fc.property(fc.uniqueArray(field, { maxLength: 3 }), anyThing, anyThing, (names, a, b) => {
        const compareBy = (direction: string) =>
          rowComparator(
            parseOrder(
              things,
              [...names.filter((name) => name !== 'id'), 'id'].map((name) => ({
                [name]: direction,
              })),
              things.key,
            ),
          )
        const difference = compareBy('asc')(a, b)
        expect(Math.sign(compareBy('asc')(b, a))).toBe(-Math.sign(difference) + 0)
        expect(Math.sign(compareBy('desc')(a, b))).toBe(-Math.sign(difference) + 0)
        if (a.id !== b.id) expect(difference).not.toBe(0)
      }),
    )
  })
})
