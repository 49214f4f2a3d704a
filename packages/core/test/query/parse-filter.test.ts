import { describe, expect, it } from 'vitest'
import type { Filter } from '../../src/query/ast.ts'
import { maxTests, parseFilter, type Logic } from '../../src/query/parse-filter.ts'
import { errorOf } from '../support/errors.ts'
import { things } from '../support/things.ts'

/** A filter as a text: `and(int gt 1, not text eq "a")`; `~` marks what admits null. */
function shown(filter: Filter): string {
  switch (filter.kind) {
    case 'every':
    case 'none':
      return filter.kind
    case 'and':
    case 'or':
      return `${filter.kind}(${filter.terms.map(shown).join(', ')})`
    case 'test': {
      const { field, path = [], operator, operand, negated, matchesNull } = filter
      const place = [field.name, ...path].join('.')
      const value = operand === undefined ? '' : ` ${JSON.stringify(operand)}`
      return `${negated ? 'not ' : ''}${place} ${operator}${value}${matchesNull ? '~' : ''}`
    }
  }
}

const parsed = (where: unknown, logic?: Logic) => shown(parseFilter(things, where, logic))

function nested(depth: number): unknown {
  let where: unknown = { int: 1 }
  for (let i = 0; i < depth; i++) where = i % 2 === 0 ? { AND: [where] } : { NOT: where }
  return where
}

describe('parseFilter', () => {
  it.each<[where: unknown, filter: string]>([
    [{ int: 1 }, 'int eq 1'],
    [{ int: { eq: 1 } }, 'int eq 1'],
    [{ int: { ne: 1 } }, 'not int eq 1~'],
    [{ int: { gt: 1 } }, 'int gt 1'],
    [{ int: { gte: 1 } }, 'int gte 1'],
    [{ int: { lt: 1 } }, 'int lt 1'],
    [{ int: { lte: 1 } }, 'int lte 1'],
    [{ int: { in: [1, 2] } }, 'int in [1,2]'],
    [{ int: { notIn: [1, 2] } }, 'not int in [1,2]~'],
    [{ text: { contains: 'a' } }, 'text contains "a"'],
    [{ text: { startsWith: 'a' } }, 'text startsWith "a"'],
    [{ text: { endsWith: 'a' } }, 'text endsWith "a"'],
    [{ int: { isNull: true } }, 'int null~'],
    [{ int: { isNull: false } }, 'not int null'],
    [{ texts: { has: 'a' } }, 'texts has "a"'],
    [{ texts: { hasAny: ['a', 'b'] } }, 'or(texts has "a", texts has "b")'],
    [{ texts: { hasAll: ['a', 'b'] } }, 'and(texts has "a", texts has "b")'],
    [{ json: { path: ['l', 0], eq: 'x' } }, 'json.l.0 eq "x"'],
    [{ json: { path: ['l'], isNull: true } }, 'json.l null~'],
  ])('reads %j as %s', (where, filter) => {
    expect(parsed(where)).toBe(filter)
  })

  it.each<[where: unknown, filter: string]>([
    [{ NOT: { int: 1 } }, 'not int eq 1~'],
    [{ NOT: { int: { ne: 1 } } }, 'int eq 1'],
    [{ NOT: { NOT: { int: 1 } } }, 'int eq 1'],
    [{ NOT: { int: { gt: 1, lt: 5 } } }, 'or(not int gt 1~, not int lt 5~)'],
    [{ NOT: { int: 1, text: 'a' } }, 'or(not int eq 1~, not text eq "a"~)'],
    [{ NOT: { OR: [{ int: 1 }, { text: 'a' }] } }, 'and(not int eq 1~, not text eq "a"~)'],
    [{ NOT: { AND: [{ int: 1 }, { NOT: { text: 'a' } }] } }, 'or(not int eq 1~, text eq "a")'],
    [{ NOT: { int: { isNull: true } } }, 'not int null'],
    [{ NOT: { texts: { hasAll: ['a', 'b'] } } }, 'or(not texts has "a"~, not texts has "b"~)'],
    [{ NOT: { json: { path: ['a'], gt: 1 } } }, 'not json.a gt 1~'],
    [{ NOT: { count: 1 } }, 'not count eq 1'],
  ])('pushes the negation of %j to the leaves: %s', (where, filter) => {
    expect(parsed(where)).toBe(filter)
  })

  it.each<[where: unknown, filter: string]>([
    [{}, 'every'],
    [{ AND: [] }, 'every'],
    [{ OR: [] }, 'none'],
    [{ NOT: {} }, 'none'],
    [{ OR: [{}, { int: 1 }] }, 'every'],
    [{ AND: [{ OR: [] }, { int: 1 }] }, 'none'],
    [{ AND: [{ int: 1 }] }, 'int eq 1'],
    [{ int: { in: [] } }, 'none'],
    [{ int: { notIn: [] } }, 'every'],
    [{ int: { in: [1] } }, 'int eq 1'],
    [{ int: { in: [null] } }, 'int null~'],
    [{ int: { in: [1, null] } }, 'or(int eq 1, int null~)'],
    [{ int: { notIn: [1, null] } }, 'and(not int eq 1~, not int null)'],
    [{ int: null }, 'int null~'],
    [{ int: { ne: null } }, 'not int null'],
    [{ count: null }, 'none'],
    [{ count: { ne: null } }, 'every'],
    [{ json: null }, 'json null~'],
    [{ text: { contains: '' } }, 'not text null'],
    [{ name: { startsWith: '' } }, 'every'],
    [{ texts: { hasAny: [] } }, 'none'],
    [{ texts: { hasAll: [] } }, 'not texts null'],
    [
      { AND: [{ int: 1 }, { AND: [{ count: 2 }, { int: 3 }] }] },
      'and(int eq 1, count eq 2, int eq 3)',
    ],
    [{ json: { path: ['a'], in: [1, 'x', 2] } }, 'or(json.a in [1,2], json.a eq "x")'],
  ])('folds %j to %s', (where, filter) => {
    expect(parsed(where)).toBe(filter)
  })

  it.each<[where: unknown, filter: string]>([
    [{ int: { ne: 1 } }, 'not int eq 1'],
    [{ int: null }, 'none'],
    [{ int: { ne: null } }, 'none'],
    [{ int: { in: [] } }, 'none'],
    [{ NOT: { int: { in: [] } } }, 'none'],
    [{ int: { in: [1, null] } }, 'int eq 1'],
    [{ int: { notIn: [1, null] } }, 'none'],
    [{ NOT: { text: { contains: '' } } }, 'none'],
    [{ NOT: { texts: { hasAll: [] } } }, 'none'],
    [{ int: { isNull: true } }, 'int null~'],
  ])('reads %j with null as unknown: %s', (where, filter) => {
    expect(parsed(where, 'three')).toBe(filter)
  })

  it('takes operands as the field stores them', () => {
    expect(parsed({ decimal: '1.5' })).toBe('decimal eq "1.50"')
    expect(parsed({ float: -0 })).toBe('float eq 0')
    const given = new Date(5)
    const filter = parseFilter(things, { timestamp: { gt: given } })
    given.setTime(6)
    expect(shown(filter)).toBe('timestamp gt "1970-01-01T00:00:00.005Z"')
  })
})

describe('parseFilter refuses', () => {
  it.each<[where: unknown, code: string, named: string]>([
    [undefined, 'InvalidQuery', 'undefined'],
    [null, 'InvalidQuery', 'null'],
    [[], 'InvalidQuery', 'array'],
    ['int = 1', 'InvalidQuery', 'int = 1'],
    [new Map(), 'InvalidQuery', 'object'],
    [{ int: undefined }, 'InvalidQuery', "'int'"],
    [{ int: { eq: undefined } }, 'InvalidQuery', "'eq'"],
    [{ int: { in: [undefined] } }, 'InvalidQuery', 'undefined'],
    [{ int: {} }, 'InvalidQuery', 'no operator'],
    [{ AND: {} }, 'InvalidQuery', 'AND'],
    [{ OR: 1 }, 'InvalidQuery', 'OR'],
    [{ NOT: [] }, 'InvalidQuery', 'array'],
    [{ OR: [undefined] }, 'InvalidQuery', 'undefined'],
    [{ OR: Array(2) }, 'InvalidQuery', 'undefined'],
    [{ int: { in: 1 } }, 'InvalidQuery', "'in'"],
    [{ int: { isNull: 1 } }, 'InvalidQuery', "'isNull'"],
    [{ int: { path: ['a'], eq: 1 } }, 'InvalidQuery', 'json'],
    [{ nope: 1 }, 'UnknownField', '"nope"'],
    [{ $where: '1' }, 'UnknownField', '"$where"'],
    [{ constructor: 1 }, 'UnknownField', '"constructor"'],
    [JSON.parse('{ "__proto__": { "int": 1 } }'), 'UnknownField', '"__proto__"'],
    [{ int: { like: 1 } }, 'UnknownOperator', "'like'"],
    [{ int: { toString: 1 } }, 'UnknownOperator', "'toString'"],
    [JSON.parse('{ "int": { "__proto__": 1 } }'), 'UnknownOperator', "'__proto__'"],
    [{ int: { contains: '1' } }, 'UnknownOperator', 'int'],
    [{ boolean: { gt: false } }, 'UnknownOperator', 'boolean'],
    [{ bytes: { lt: new Uint8Array(1) } }, 'UnknownOperator', 'bytes'],
    [{ date: { startsWith: '2' } }, 'UnknownOperator', 'date'],
    [{ json: { eq: 1 } }, 'UnknownOperator', 'path'],
    [{ texts: { eq: ['a'] } }, 'UnknownOperator', 'has'],
    [{ int: { has: 1 } }, 'UnknownOperator', 'int'],
    [{ json: 'x' }, 'UnknownOperator', 'path'],
    [{ int: '1' }, 'InvalidValue', "'int'"],
    [{ int: 1.5 }, 'InvalidValue', 'whole'],
    [{ int: Number.NaN }, 'InvalidValue', 'NaN'],
    [{ int: 2 ** 53 }, 'OutOfRange', '2^53'],
    [{ bigint: 1 }, 'InvalidValue', 'bigint'],
    [{ bigint: 2n ** 63n }, 'OutOfRange', '64 bits'],
    [{ text: 1 }, 'InvalidValue', "'text'"],
    [{ text: 'a\0' }, 'InvalidValue', 'NUL'],
    [{ text: { contains: '\ud800' } }, 'InvalidValue', 'surrogate'],
    [{ text: { startsWith: null } }, 'InvalidValue', 'null'],
    [{ int: { gt: null } }, 'InvalidValue', 'null'],
    [{ timestamp: '2026-01-01' }, 'InvalidValue', 'Date'],
    [{ timestamp: new Date(Number.NaN) }, 'InvalidValue', 'invalid Date'],
    [{ date: '2026-02-30' }, 'InvalidValue', '2026-02-30'],
    [{ decimal: '1.234' }, 'InvalidValue', 'digits'],
    [{ enum: 'top' }, 'InvalidValue', "'low'"],
    [{ int: { in: [1, '2'] } }, 'InvalidValue', "'int'"],
    [{ texts: { has: 1 } }, 'InvalidValue', "'texts'"],
    [{ texts: { has: null } }, 'InvalidQuery', 'null'],
    [{ texts: { hasAny: [undefined] } }, 'InvalidQuery', 'undefined'],
    [{ json: { path: ['a'], eq: {} } }, 'InvalidValue', 'object'],
    [{ json: { path: ['a'], gt: true } }, 'InvalidValue', 'true'],
    [{ json: { path: ['a'], contains: 1 } }, 'InvalidValue', '1'],
    [{ json: { path: ['a'], eq: Infinity } }, 'InvalidValue', 'Infinity'],
  ])('%o with %s, naming %s', (where, code, named) => {
    for (const written of [where, { AND: [where] }]) {
      const error = errorOf(() => parseFilter(things, written))
      expect(error.code).toBe(code)
      expect(error.message).toContain(named)
    }
  })

  it.each<unknown>([
    'a',
    [],
    [''],
    ['a.b'],
    ['a"b'],
    ['$a'],
    ['a\0'],
    ['__proto__'],
    [-1],
    [1.5],
    [null],
    [undefined],
    [['a']],
    Array.from({ length: 65 }, () => 'a'),
  ])('the path %j', (path) => {
    const error = errorOf(() => parseFilter(things, { json: { path, eq: 1 } }))
    expect(error.code).toBe('InvalidQuery')
    expect(error.message).toContain('path')
  })

  it('what is nested deeper than 64 levels, however deep', () => {
    expect(parsed(nested(64))).toMatch(/int eq 1/)
    for (const depth of [65, 5_000]) {
      expect(errorOf(() => parseFilter(things, nested(depth))).code).toBe('QueryTooComplex')
    }
  })

  it(`more than ${maxTests} conditions, wherever they stand`, () => {
    const conditions = (count: number) => Array.from({ length: count }, (_, int) => ({ int }))
    expect(parseFilter(things, { OR: conditions(maxTests) }).kind).toBe('or')
    const tooMany: unknown[] = [
      { OR: conditions(maxTests + 1) },
      { AND: conditions(10).map((term) => ({ OR: [term, ...conditions(60)] })) },
      { texts: { hasAny: conditions(maxTests + 1).map(({ int }) => String(int)) } },
    ]
    for (const where of tooMany) {
      expect(errorOf(() => parseFilter(things, where)).code).toBe('QueryTooComplex')
    }
  })
})
