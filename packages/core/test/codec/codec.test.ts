import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/lib/json.ts'
import { decodeRow, decodeValue, encodeRow, encodeValue } from '../../src/schema/codec.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'
import { things } from '../support/things.ts'

const field = (name: string) => things.fields.get(name)!
const arrays = defineSchema({
  lists: collection({
    id: t.id(),
    bigint: t.array(t.bigint()),
    bytes: t.array(t.bytes()),
    decimal: t.array(t.decimal(5, 2)),
  }),
}).definition.collections.get('lists')!

describe('encodeValue', () => {
  it.each<[name: string, value: unknown, json: Json]>([
    ['text', '', ''],
    ['text', '😀"\n', '😀"\n'],
    ['enum', 'low', 'low'],
    ['int', -5, -5],
    ['float', 1e300, 1e300],
    ['bigint', -(2n ** 63n), '-9223372036854775808'],
    ['decimal', '1.50', '1.50'],
    ['boolean', false, false],
    ['timestamp', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['timestamp', new Date(-62_135_596_800_000), '0001-01-01T00:00:00.000Z'],
    ['timestamp', new Date(253_402_300_799_999), '9999-12-31T23:59:59.999Z'],
    ['date', '0001-01-01', '0001-01-01'],
    ['bytes', Uint8Array.of(0, 10, 255), '000aff'],
    ['bytes', new Uint8Array(0), ''],
    ['json', { b: [null, 1.5], a: 'x' }, { b: [null, 1.5], a: 'x' }],
    ['times', [new Date(0)], ['1970-01-01T00:00:00.000Z']],
    ['texts', [], []],
    ['int', null, null],
    ['int', undefined, null],
  ])('writes %s %o as %o', (name, value, json) => {
    expect(encodeValue(field(name), value)).toEqual(json)
  })

  it('writes the elements of arrays as their kind is written', () => {
    const row = { id: 'a', bigint: [1n], bytes: [Uint8Array.of(1)], decimal: ['1.00'] }
    expect(encodeRow(arrays, row)).toEqual({
      id: 'a',
      bigint: ['1'],
      bytes: ['01'],
      decimal: ['1.00'],
    })
    expect(decodeRow(arrays, encodeRow(arrays, row))).toEqual(row)
  })
})

describe('decodeValue refuses', () => {
  it.each<[name: string, json: Json]>([
    ['id', ''],
    ['id', 1],
    ['text', 5],
    ['text', 'a\0'],
    ['text', '\ud800'],
    ['enum', 5],
    ['int', '5'],
    ['int', 1.5],
    ['int', 2 ** 53],
    ['bigint', 5],
    ['bigint', '5n'],
    ['bigint', ' 5'],
    ['bigint', '0x5'],
    ['bigint', '+5'],
    ['bigint', '9223372036854775808'],
    ['bigint', '1'.repeat(40)],
    ['float', '1.5'],
    ['decimal', 1.5],
    ['decimal', '1.234'],
    ['decimal', '1e3'],
    ['decimal', '1234567.00'],
    ['decimal', '.5'],
    ['boolean', 1],
    ['boolean', 'true'],
    ['timestamp', 0],
    ['timestamp', '1970-01-01'],
    ['timestamp', '1970-01-01T00:00:00Z'],
    ['timestamp', '1970-01-01T00:00:00.000+00:00'],
    ['timestamp', '1970-13-01T00:00:00.000Z'],
    ['timestamp', '1970-02-30T00:00:00.000Z'],
    ['timestamp', '1970-01-01T24:00:00.000Z'],
    ['timestamp', '0000-01-01T00:00:00.000Z'],
    ['date', '2026-02-30'],
    ['date', '2026-2-3'],
    ['bytes', 'FF'],
    ['bytes', 'f'],
    ['bytes', 'zz'],
    ['bytes', [1]],
    ['json', { $a: 1 }],
    ['texts', 'a'],
    ['texts', [1]],
    ['texts', [null]],
    ['times', [0]],
    ['times', { 0: '1970-01-01T00:00:00.000Z' }],
  ])('%s %o', (name, json) => {
    const error = errorOf(() => decodeValue(field(name), json))
    expect(error.code).toBe('CorruptValue')
    expect(error.message).toContain(name)
  })

  it('nothing that an enum once listed', () => {
    expect(decodeValue(field('enum'), 'gone')).toBe('gone')
  })
})

describe('encodeRow', () => {
  it.each([null, undefined, 5, 'row', [], new Date()])('refuses %o', (row) => {
    const error = errorOf(() => encodeRow(things, row as never))
    expect(error.code).toBe('InvalidValue')
    expect(error.details).toEqual({ collection: things.name })
  })
})

describe('decodeRow', () => {
  it('refuses null in a field that has none', () => {
    const error = errorOf(() => decodeRow(arrays, { id: 'a', bigint: null }))
    expect(error.code).toBe('CorruptValue')
    expect(error.message).toMatch(/'bigint': it is never null/)
  })

  it('takes rows of some fields, and keeps null', () => {
    expect(decodeRow(things, { id: 'a', int: null })).toEqual({ id: 'a', int: null })
  })

  it.each<Json>([null, 1, 'row', [], [{}], { nope: 1 }, JSON.parse('{ "__proto__": 1 }') as Json])(
    'refuses %o',
    (json) => {
      expect(errorOf(() => decodeRow(things, json)).code).toBe('CorruptValue')
    },
  )
})
