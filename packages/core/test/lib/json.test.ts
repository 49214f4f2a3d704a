import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acceptJson,
  canonicalJson,
  isPlainObject,
  maxDepth,
  type Json,
} from '../../src/lib/json.ts'
import { check } from '../support/check.ts'
import { anyText } from '../support/texts.ts'

const accept = (value: unknown) => acceptJson(value, (fault) => new Error(`the value ${fault}`))
const key = anyText.filter((text) => !text.startsWith('$') && text !== '__proto__')
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }).map((object) => ({ ...object })),
  ),
})).value

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([name, item]) => [name, reversed(item)]))
}

describe('acceptJson', () => {
  it('keeps every JSON value as it is', () => {
    check(
      fc.property(json, (value) => {
        expect(accept(value)).toEqual(value)
      }),
    )
  })

  it('shares nothing with what it was given', () => {
    const given = { list: [{ n: 1 }], object: { n: 1 } }
    const accepted = accept(given)
    given.list[0]!.n = 2
    given.list.push({ n: 3 })
    given.object.n = 2
    expect(accepted).toEqual({ list: [{ n: 1 }], object: { n: 1 } })
  })

  it('makes -0 zero and leaves out what is undefined', () => {
    expect(Object.is(accept(-0), 0)).toBe(true)
    expect(Object.keys(accept({ a: undefined, b: 1 }) as object)).toEqual(['b'])
  })

  it('takes objects without a prototype', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 })
    expect(accept(bare)).toEqual({ a: 1 })
  })

  it(`takes ${maxDepth} levels and refuses one more`, () => {
    expect(accept(nested(maxDepth))).toEqual(nested(maxDepth))
    expect(() => accept(nested(maxDepth + 1))).toThrow('deeper than 64 levels')
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => accept(circle)).toThrow('deeper than 64 levels')
  })

  it.each<[value: unknown, fault: string]>([
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [1n, '1n'],
    [undefined, 'undefined'],
    [[undefined], 'undefined'],
    [Array(1), 'undefined'],
    [Symbol('s'), 'symbol'],
    [() => 1, 'function'],
    [new Date(0), 'Date'],
    [new Map(), 'Map'],
    [new Uint8Array(1), 'Uint8Array'],
    [Object.create({ inherited: 1 }), 'an instance of a class'],
    [{ a: '\ud800' }, 'surrogate'],
    [['a\0'], 'NUL'],
    [{ $where: 1 }, '"$where"'],
    [JSON.parse('{ "__proto__": 1 }'), '"__proto__"'],
    [{ 'a\0': 1 }, 'NUL'],
    [{ '\udc00': 1 }, 'surrogate'],
  ])('refuses %o and names what is wrong: %s', (value, fault) => {
    expect(() => accept({ list: [value] })).toThrow(fault)
  })
})

describe('canonicalJson', () => {
  it('reads back as the same value', () => {
    check(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value)
      }),
    )
  })

  it('is one text for equal values, in whatever order their keys stand', () => {
    check(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      }),
    )
  })

  it('sorts keys by UTF-16 units as RFC 8785 says, at every depth, and writes no spaces', () => {
    const value = { '\ue000': 1, '😀': 2, b: [{ d: 1, c: null }], a: '"' }
    expect(canonicalJson(value)).toBe('{"a":"\\"","b":[{"c":null,"d":1}],"😀":2,"\ue000":1}')
  })
})

describe('isPlainObject', () => {
  it('is true for what literals, JSON and Object.create(null) make', () => {
    const objects: unknown[] = [{}, { a: 1 }, Object.create(null), JSON.parse('{}')]
    expect(objects.map(isPlainObject)).toEqual([true, true, true, true])
  })

  it.each<unknown>([
    null,
    undefined,
    1,
    'a',
    [],
    new Date(0),
    new Map(),
    () => 1,
    Object.create({}),
  ])('is false for %o', (value) => {
    expect(isPlainObject(value)).toBe(false)
  })
})
