import { WherryError } from '@wherry/core'
import { describe, expect, it } from 'vitest'
import { expectFailure, expectValue } from '../../src/suite/expect.ts'
import { anyKind, length, resolve, the } from '../../src/suite/markers.ts'

const differs = (actual: unknown, expected: unknown) => () => expectValue('it', actual, expected)

describe('the comparison of values', () => {
  it.each([
    [0, -0],
    [1, 1n],
    ['1', 1],
    [null, undefined],
    [{ a: undefined }, {}],
    [{}, { a: undefined }],
    [[1], { 0: 1 }],
    [[1, 2], [1]],
    [new Date(0), new Date(1)],
    [new Date(0), 0],
    [Uint8Array.of(1), Uint8Array.of(2)],
    [Buffer.of(1), Uint8Array.of(1)],
    [Object.create({ a: 1 }), { a: 1 }],
    [{ deep: [{ a: 1 }] }, { deep: [{ a: 2 }] }],
    ['x', anyKind('id')],
    ['', anyKind('text')],
    [[1], length(2)],
  ])('tells %o from %o', (actual, expected) => {
    expect(differs(actual, expected)).toThrow('it: expected')
  })

  it.each([
    [Number.NaN, Number.NaN],
    [{ a: [1, null, new Date(5)] }, { a: [1, null, new Date(5)] }],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
    ['0190163d-8694-739b-aea5-966c26f8ad90', anyKind('id')],
    [{ rows: [1, 2] }, { rows: length(2) }],
  ])('finds %o equal to %o', (actual, expected) => {
    expect(differs(actual, expected)).not.toThrow()
  })

  it('names the place where values differ', () => {
    expect(differs({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toThrow('(a.1.b differ)')
  })
})

describe('the comparison of failures', () => {
  const failure = { code: 'UniqueViolation', collection: 'users', fields: ['email'] } as const
  const details = { collection: 'users', fields: ['email'] }
  const check = (error: unknown, isWrite = false) => {
    return () => expectFailure('it', error, failure, isWrite)
  }

  it('takes an error that says what it should', () => {
    expect(check(new WherryError('UniqueViolation', 'the email is taken', details))).not.toThrow()
  })

  it.each([
    ['an error of another class', new Error('the email is taken'), 'no WherryError'],
    ['another code', new WherryError('NotFound', 'email', details), 'the code is NotFound'],
    ['an empty message', new WherryError('UniqueViolation', ' ', details), 'the message is empty'],
    [
      'a message without the field',
      new WherryError('UniqueViolation', 'taken', details),
      'the message does not name email',
    ],
    [
      'other details',
      new WherryError('UniqueViolation', 'email', { ...details, fields: ['id'] }),
      'details.fields is',
    ],
  ])('refuses %s', (_, error, fault) => {
    expect(check(error)).toThrow(fault)
  })

  it('wants the outcome and the id of a write', () => {
    const mutationId = '0190163d-8694-739b-aea5-966c26f8ad90'
    const of = (more: object) =>
      new WherryError('UniqueViolation', 'the email is taken', { ...details, ...more })
    expect(check(of({ mutationId }), true)).toThrow('details.outcome is undefined')
    expect(check(of({ mutationId, outcome: 'unknown' }), true)).toThrow("is 'unknown'")
    expect(check(of({ outcome: 'not-applied' }), true)).toThrow('details.mutationId')
    expect(check(of({ mutationId, outcome: 'not-applied' }), true)).not.toThrow()
  })
})

describe('the results of earlier steps', () => {
  const results = new Map<string, unknown>([['row', { id: 'a', list: [{ n: 1 }] }]])

  it('stand in where their markers are, and nothing else is copied', () => {
    expect(resolve([{ id: the('row.id'), n: the('row.list.0.n', { plus: 2 }) }], results)).toEqual([
      { id: 'a', n: 3 },
    ])
    expect(resolve(the('row'), results)).toBe(results.get('row'))
    const data = { where: { at: new Date(0), gone: undefined, odd: JSON.parse('{"__proto__":1}') } }
    expect(resolve(data, results)).toBe(data)
  })

  it('must exist', () => {
    expect(() => resolve(the('nothing.id'), results)).toThrow(
      "no earlier step kept a result as 'nothing'",
    )
  })
})
