import { Decimal128, Double, Int32, Long, MaxKey, ObjectId, Timestamp } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { SeenValues } from '../../../src/adapters/mongodb/seen-values.ts'
import { kindName } from '../../../src/adapters/sql/kind-name.ts'

const int = new Int32(1)
const long = Long.fromNumber(1)
const longest = Long.MAX_VALUE
const double = new Double(1.5)

/** What holds these values, in words; else why nothing does. */
function told(...values: unknown[]): string {
  const seen = new SeenValues()
  for (const value of values) seen.add(value)
  const { type, holds, remedy } = seen
  return holds === undefined ? [type, remedy].filter(Boolean).join(': ') : kindName(holds)
}

describe('the kind of values that were seen', () => {
  it.each([
    ['int', [int, int]],
    ['bigint', [int, long]],
    ['float', [double, int]],
    ['text', ['', 'a']],
    ['json', ['a', int]],
    ['json', [[], []]],
    ['array of text', [[], ['a']]],
    ['array of bigint', [[int], [long]]],
    ['array of timestamp', [[new Date(0)]]],
    ['json', [[int], ['a']]],
    ['json', [['a'], [null]]],
    ['json', [['a'], 'a']],
    ['json', [{ _bsontype: 'ObjectId', n: long }]],
    ['json', [{ a: [{ b: int, c: double, d: null }] }, 'a']],
  ])('is %s', (kind, values) => {
    expect(told(...values)).toBe(kind)
  })

  it.each([
    ['null: no document has a value there', []],
    ['decimal: store it as a whole number of the smallest unit', [Decimal128.fromString('1.5')]],
    ['timestamp', [new Timestamp({ t: 1, i: 1 })]],
    ['maxKey', [new MaxKey()]],
    [
      'double: one of its values must be a finite number, got NaN; look at what computes it',
      [double, new Double(NaN)],
    ],
    [
      'string: one of its values cannot be stored: it contains the character NUL (U+0000); remove it',
      ['a', '\0'],
    ],
    ['bool | date: let all its values be of one type', [true, new Date(0)]],
    ['double | long: let all its values be of one type', [double, long]],
    [
      'array: one of its values holds what JSON cannot, got an instance of ObjectId',
      [[new ObjectId()]],
    ],
    [`object: one of its values holds what JSON cannot, got ${String(longest)}n`, [{ a: longest }]],
  ])('is none: %s', (reason, values) => {
    expect(told(...values)).toBe(reason)
  })
})
