import { describe, expect, it } from 'vitest'
import {
  keyFilter,
  planFind,
  planFindOne,
  planGet,
  withOrderFields,
} from '../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { codeOf } from '../support/errors.ts'
import { things } from '../support/things.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), email: t.text({ maxLength: 50 }), n: t.int().nullable() }).unique(
    'email',
  ),
  seats: collection({ row: t.int(), seat: t.text({ maxLength: 5 }), n: t.int() })
    .key('row', 'seat')
    .unique('n', 'seat'),
})
const users = schema.definition.collections.get('users')!
const seats = schema.definition.collections.get('seats')!
const order = (query: unknown, of = things) =>
  planFind(of, query).order.map(({ field }) => field.name)

describe('planFind', () => {
  it('asks for everything in the order of the key when nothing is said', () => {
    const plan = planFind(things)
    expect(plan).toMatchObject({
      kind: 'find',
      filter: { kind: 'every' },
      offset: 0,
      forUpdate: false,
    })
    expect(plan.fields).toBe(things.fieldList)
    expect(plan).toMatchObject({ limit: undefined, after: undefined })
    expect(order({})).toEqual(['id'])
    expect(order({}, seats)).toEqual(['row', 'seat'])
  })

  it('returns the selected fields in the order of the schema', () => {
    const { fields } = planFind(things, { select: ['int', 'id'] })
    expect(fields.map(({ name }) => name)).toEqual(['id', 'int'])
  })

  it('is in a total order whatever is asked, so that equal queries are equal plans', () => {
    expect(order({ where: { id: '1' } }, users)).toEqual(['id'])
    expect(order({ where: { email: 'a' }, orderBy: { n: 'desc' } }, users)).toEqual(['n', 'id'])
    expect(order({ orderBy: { seat: 'asc' } }, seats)).toEqual(['seat', 'row'])
  })

  it.each<[query: unknown, code: string]>([
    [null, 'InvalidQuery'],
    [[], 'InvalidQuery'],
    ['all', 'InvalidQuery'],
    [{ were: {} }, 'InvalidQuery'],
    [{ where: undefined }, 'InvalidQuery'],
    [{ where: null }, 'InvalidQuery'],
    [{ orderBy: undefined }, 'InvalidQuery'],
    [{ limit: undefined }, 'InvalidQuery'],
    [{ select: [] }, 'InvalidQuery'],
    [{ select: 'id' }, 'InvalidQuery'],
    [{ select: ['id', 'id'] }, 'InvalidQuery'],
    [{ select: [1] }, 'InvalidQuery'],
    [{ select: ['nope'] }, 'UnknownField'],
    [{ select: ['__proto__'] }, 'UnknownField'],
    [{ limit: -1 }, 'InvalidQuery'],
    [{ limit: 1.5 }, 'InvalidQuery'],
    [{ limit: '1' }, 'InvalidQuery'],
    [{ limit: Number.NaN }, 'InvalidQuery'],
    [{ limit: Infinity }, 'InvalidQuery'],
    [{ limit: null }, 'InvalidQuery'],
    [{ limit: 2 ** 53 }, 'InvalidQuery'],
    [{ offset: -1 }, 'InvalidQuery'],
    [{ offset: 0.5 }, 'InvalidQuery'],
    [{ after: 'x' }, 'InvalidCursor'],
    [{ include: [] }, 'InvalidQuery'],
    [{ include: { nope: true } }, 'UnknownRelation'],
    [{ include: { __proto__: null, toString: true } }, 'UnknownRelation'],
    [{ forUpdate: true }, 'InvalidQuery'],
  ])('refuses %o with %s', (query, code) => {
    expect(codeOf(() => planFind(things, query))).toBe(code)
  })

  it('refuses after beside offset', () => {
    const after = 'whatever'
    expect(codeOf(() => planFind(things, { after, offset: 0 }))).toMatch(/Invalid(Query|Cursor)/)
  })
})

describe('planFindOne', () => {
  it('asks for one row, and takes no limit of its own', () => {
    expect(planFindOne(things).limit).toBe(1)
    for (const key of ['limit', 'offset', 'after']) {
      expect(codeOf(() => planFindOne(things, { [key]: 1 }))).toBe('InvalidQuery')
    }
  })
})

describe('planGet', () => {
  it('pins the key', () => {
    const plan = planGet(users, 'u1', { select: ['n'], forUpdate: true })
    expect(plan).toMatchObject({ limit: 1, forUpdate: true })
    expect(plan.filter).toMatchObject({ operator: 'eq', operand: 'u1' })
    expect(plan.fields.map(({ name }) => name)).toEqual(['n'])
  })

  it.each<[options: unknown, code: string]>([
    [null, 'InvalidOptions'],
    [{ where: {} }, 'InvalidOptions'],
    [{ select: undefined }, 'InvalidOptions'],
    [{ select: 'n' }, 'InvalidQuery'],
    [{ forUpdate: 1 }, 'InvalidOptions'],
  ])('refuses the options %o with %s', (options, code) => {
    expect(codeOf(() => planGet(users, 'u1', options))).toBe(code)
  })
})

describe('keyFilter', () => {
  it.each<unknown>([undefined, null, {}, { id: '1' }, 1, 1n, ['1'], '', 'a\0', new Date(0)])(
    'refuses %o as the key of one field',
    (key) => {
      expect(codeOf(() => keyFilter(users, key))).toBe('InvalidValue')
    },
  )

  it('takes an object for a key of several fields', () => {
    expect(keyFilter(seats, { seat: 'a', row: 1 }).kind).toBe('and')
  })

  it.each<[key: unknown, code: string]>([
    [undefined, 'InvalidValue'],
    [1, 'InvalidValue'],
    [[1, 'a'], 'InvalidValue'],
    [{ row: 1 }, 'InvalidValue'],
    [{ row: 1, seat: undefined }, 'InvalidValue'],
    [{ row: { gt: 1 }, seat: 'a' }, 'InvalidValue'],
    [{ row: '1', seat: 'a' }, 'InvalidValue'],
    [{ row: 1, seat: 'a', n: 1 }, 'InvalidQuery'],
  ])('refuses %o as the key of several fields with %s', (key, code) => {
    expect(codeOf(() => keyFilter(seats, key))).toBe(code)
  })
})

describe('withOrderFields', () => {
  it('reads what the order needs, selected or not', () => {
    const plan = planFind(things, { select: ['text'], orderBy: { int: 'asc' } })
    expect(withOrderFields(plan).fields.map(({ name }) => name)).toEqual(['id', 'text', 'int'])
    const whole = planFind(things)
    expect(withOrderFields(whole)).toBe(whole)
  })
})
