import type { StandardSchemaV1 } from '@standard-schema/spec'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { acceptField, acceptOperand } from '../../src/schema/accept.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'

/** A check that answers whatever it is told to, as no sane library would. */
function answering(answer: unknown): StandardSchemaV1<never, never> {
  const validate = typeof answer === 'function' ? (answer as () => never) : () => answer as never
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

const { definition } = defineSchema({
  things: collection({
    id: t.id(),
    email: t.text({ maxLength: 10 }).check(z.string().includes('@')),
    note: t.text().nullable(),
    age: t.int(),
    price: t.decimal(5, 2),
    at: t.timestamp(),
    photo: t.bytes(),
    data: t.json(z.object({ a: z.string(), b: z.number().default(1) })).nullable(),
    trimmed: t.text().check(z.string().trim()),
    late: t.int().check(z.int().refine(async () => true)),
    lateAndBad: t.int().check(answering(() => Promise.reject(new Error('too late')))),
    thrower: t.int().check(
      answering(() => {
        throw new Error('broken')
      }),
    ),
    silent: t.int().check(answering(undefined)),
    toNull: t
      .int()
      .nullable()
      .check(answering({ value: null })),
    toText: t.int().check(answering({ value: 'text' })),
  }),
})
const fieldOf = (name: string) => definition.collections.get('things')!.fields.get(name)!
const accept = (name: string, value: unknown) => acceptField(fieldOf(name), value, 'things')

test('a value is stored as its kind stores it', () => {
  expect(accept('age', -0)).toBe(0)
  expect(accept('price', '1.5')).toBe('1.50')
  const date = new Date(5)
  expect(accept('at', date)).toEqual(date)
  expect(accept('at', date)).not.toBe(date)
})

test('a decimal is padded to its scale, however many digits it has', () => {
  const padded = { '0': '0.00', '7': '7.00', '10': '10.00', '100': '100.00', '1.2': '1.20' }
  for (const [given, kept] of Object.entries(padded)) expect(accept('price', given)).toBe(kept)
  expect(accept('price', '12.34')).toBe('12.34')
  expect(accept('price', '007.50')).toBe('7.50')
})

test('a decimal of millions of characters is read at once, whatever is wrong with it', () => {
  const zeros = '0'.repeat(4_000_000)
  expect(accept('price', `-${zeros}1.5${zeros}`)).toBe('-1.50')
  expect(accept('price', zeros)).toBe('0.00')
  expect(errorOf(() => accept('price', `${zeros}x`)).message).toContain('must be a decimal as text')
  expect(errorOf(() => accept('price', `0.${zeros}1`)).message).toContain('at most 2 digits after')
  expect(errorOf(() => accept('price', `${'1'.repeat(4_000_000)}.5`)).code).toBe('OutOfRange')
})

test('what only has the prototype of a class is no value of it', () => {
  const sent = Uint8Array.of(1)
  structuredClone(sent, { transfer: [sent.buffer] })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const fakes: [field: string, value: unknown][] = [
    ['at', Object.create(Date.prototype)],
    ['photo', Object.create(Uint8Array.prototype)],
    ['photo', sent],
    ['data', proxy],
  ]
  for (const [field, value] of fakes) {
    const { code, message } = errorOf(() => accept(field, value))
    expect(code).toBe('InvalidValue')
    expect(message).toContain(`'${field}' cannot be read`)
  }
})

test('null is for what is nullable', () => {
  expect(accept('note', null)).toBeNull()
  expect(accept('data', null)).toBeNull()
  const error = errorOf(() => accept('email', null))
  expect(error.code).toBe('InvalidValue')
  expect(error.message).toBe(
    "'email' must not be null: give it a value, or declare the field .nullable()",
  )
  expect(error.details).toEqual({ collection: 'things', fields: ['email'] })
})

test('a misfit names the field, the value and what would fit', () => {
  const error = errorOf(() => accept('age', '5'))
  expect(error.code).toBe('InvalidValue')
  expect(error.message).toBe(`'age' must be a number, got the text "5"`)
  expect(error.details.fields).toEqual(['age'])
  expect(errorOf(() => accept('age', 2 ** 53)).code).toBe('OutOfRange')
  expect(errorOf(() => accept('age', undefined)).message).toContain('got undefined')
  expect(errorOf(() => acceptField(fieldOf('age'), 'x')).details).toEqual({ fields: ['age'] })
})

test('a check comes after the kind, and its issues are told with their places', () => {
  expect(accept('email', 'a@b')).toBe('a@b')
  expect(errorOf(() => accept('email', 5)).message).toContain('must be a text')
  const refused = errorOf(() => accept('email', 'ab'))
  expect(refused.code).toBe('InvalidValue')
  expect(refused.message).toMatch(/^'email' was refused by its check: .*"@"/)
  const places = errorOf(() => accept('data', { a: 1, b: 'x' })).message
  expect(places).toMatch(/at a: .*; at b: /)
})

test('a check may change the value, which is accepted again', () => {
  expect(accept('trimmed', ' x ')).toBe('x')
  expect(accept('data', { a: 'x' })).toEqual({ a: 'x', b: 1 })
  expect(errorOf(() => accept('toText', 1)).message).toContain("'toText' must be a number")
  expect(errorOf(() => accept('toNull', 1)).message).toContain('turned a value into null')
})

test('a check sees a copy of what the caller holds, and the caller keeps no hold of the row', () => {
  const given = { a: 'x', b: 2 }
  const stored = accept('data', given) as typeof given
  given.b = 3
  expect(stored).toEqual({ a: 'x', b: 2 })
})

test('an asynchronous check is refused when it is first used', () => {
  for (const name of ['late', 'lateAndBad']) {
    const error = errorOf(() => accept(name, 1))
    expect(error.code).toBe('InvalidSchema')
    expect(error.message).toContain(`The check of '${name}' is asynchronous`)
  }
})

test('a check that throws or says nothing is an error that tells so', () => {
  const thrown = errorOf(() => accept('thrower', 1))
  expect(thrown.code).toBe('InvalidValue')
  expect(thrown.cause).toEqual(new Error('broken'))
  expect(errorOf(() => accept('silent', 1)).message).toContain('no Standard Schema')
})

test('the operand of a filter is of the kind, and not checked further', () => {
  expect(acceptOperand(fieldOf('email'), 'ab')).toBe('ab')
  expect(errorOf(() => acceptOperand(fieldOf('age'), '5')).message).toContain("'age' must be")
})
