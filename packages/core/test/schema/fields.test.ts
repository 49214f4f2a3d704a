import { expect, test } from 'vitest'
import { z } from 'zod'
import { collection, defineSchema, t, type FieldDefinition } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'

/** The field that a builder makes. Only its shape is of interest, so its type is left open. */
function define(field: unknown): FieldDefinition {
  const fields = { id: t.id(), field } as unknown as { id: ReturnType<typeof t.id> }
  const { definition } = defineSchema({ things: collection(fields) })
  return definition.collections.get('things')!.fields.get('field')!
}

test('every builder makes a field of its kind', () => {
  expect(define(t.text())).toEqual({
    name: 'field',
    column: 'field',
    kind: 'text',
    nullable: false,
  })
  expect(define(t.text({ maxLength: 5 }))).toMatchObject({ kind: 'text', maxLength: 5 })
  expect(define(t.decimal(5, 2))).toMatchObject({ kind: 'decimal', precision: 5, scale: 2 })
  expect(define(t.enum(['a', 'b']))).toMatchObject({ kind: 'enum', values: ['a', 'b'] })
  expect(define(t.array(t.decimal(4, 1)))).toMatchObject({
    kind: 'array',
    element: { kind: 'decimal', precision: 4, scale: 1 },
  })
  expect(define(t.createdAt())).toMatchObject({ kind: 'timestamp', managed: 'createdAt' })
  expect(define(t.updatedAt())).toMatchObject({ kind: 'timestamp', managed: 'updatedAt' })
  expect(define(t.version())).toMatchObject({ kind: 'int', managed: 'version' })
  for (const kind of ['int', 'bigint', 'float', 'boolean', 'timestamp', 'date', 'bytes'] as const) {
    expect(define(t[kind]()).kind).toBe(kind)
  }
})

test('the element of an array is a plain type', () => {
  expect(define(t.array(t.text({ maxLength: 3 }))).element).toEqual({ kind: 'text', maxLength: 3 })
})

test('methods make new fields and leave the old ones as they were', () => {
  const text = t.text()
  const changed = text.nullable().default('x').column('other')
  expect(define(text)).toMatchObject({ nullable: false, column: 'field' })
  expect(define(text).defaultValue).toBeUndefined()
  expect(define(changed)).toMatchObject({ nullable: true, column: 'other', constantDefault: 'x' })
  expect(Object.isFrozen(text)).toBe(true)
})

test('a constant default is stored as its kind stores it, and copied for every row', () => {
  const decimal = define(t.decimal(5, 2).default('1'))
  expect(decimal.constantDefault).toBe('1.00')
  expect(decimal.defaultValue!()).toBe('1.00')
  const json = define(t.json().default({ a: [1] }))
  expect(json.defaultValue!()).toEqual({ a: [1] })
  expect(json.defaultValue!()).not.toBe(json.defaultValue!())
  expect(define(t.text().nullable().default(null)).constantDefault).toBeNull()
})

test('a default function is called for every row and never at definition', () => {
  let calls = 0
  const field = define(t.int().default(() => ++calls))
  expect(calls).toBe(0)
  expect(field).not.toHaveProperty('constantDefault')
  expect([field.defaultValue!(), field.defaultValue!()]).toEqual([1, 2])
})

test('the schema of a JSON field is its check', () => {
  const schema = z.object({ a: z.string() })
  expect(define(t.json(schema)).check).toBe(schema)
  expect(define(t.json()).check).toBeUndefined()
})

const refusals: readonly [what: string, make: () => unknown, words: string][] = [
  ['a maxLength of 0', () => t.text({ maxLength: 0 }), 'whole number of 1 or more'],
  ['a maxLength of half', () => t.text({ maxLength: 1.5 }), 'whole number of 1 or more'],
  ['a misspelt maxLength', () => t.text({ maxlength: 5 } as never), "it has 'maxLength'"],
  ['a text of 5', () => t.text(5 as never), 'such as { maxLength }, got 5'],
  ['a precision above 18', () => t.decimal(19, 2), '1 to 18 digits, got 19; for more digits use'],
  ['a precision of 0', () => t.decimal(0, 0), '1 to 18 digits, got 0'],
  ['a scale above the precision', () => t.decimal(3, 4), 'a whole number of 0 to 3, got 4'],
  ['a negative scale', () => t.decimal(3, -1), 'a whole number of 0 to 3, got -1'],
  ['an enum without values', () => t.enum([]), 'at least one value'],
  ['an enum with a value twice', () => t.enum(['a', 'b', 'a']), "'a' twice"],
  ['an enum with a number', () => t.enum([1] as unknown as string[]), 'is a text, got 1'],
  ['an enum of a text', () => t.enum('ab' as unknown as string[]), 'takes an array'],
  ['an enum with half a character', () => t.enum(['\ud800']), 'surrogate'],
  ['an enum with a long value', () => t.enum(['x'.repeat(192)]), 'at most 191 characters'],
  ['an array of arrays', () => t.array(t.array(t.text()) as never), 'use t.json()'],
  ['an array of JSON', () => t.array(t.json() as never), 'use t.json()'],
  ['an array of references', () => t.array(t.ref('users')), 'joins the two'],
  ['an array of ids', () => t.array(t.id() as never), 't.array(t.text({ maxLength: 191 }))'],
  ['an array of nulls', () => t.array(t.text().nullable() as never), 'on the array itself'],
  ['an array of defaults', () => t.array(t.text().default('x') as never), 'on the array itself'],
  ['an array of checked', () => t.array(t.text().check(z.string())), 'on the array itself'],
  ['an array of versions', () => t.array(t.version() as never), 'on the array itself'],
  ['an array of texts', () => t.array('text' as never), 'takes a field'],
  ['a reference to a value', () => t.ref(collection({ id: t.id() }) as never), 'the name of a'],
  ['a nullable id', () => (t.id() as never as { nullable(): void }).nullable(), 't.id() takes no'],
  [
    'a version with a default',
    () => (t.version() as never as ReturnType<typeof t.int>).default(1),
    't.version() takes no .default()',
  ],
  ['a default of undefined', () => t.text().default(undefined as never), 'use null'],
  ['two checks', () => t.text().check(z.string()).check(z.string()), 'put both into one'],
  ['a schema and a check', () => t.json(z.string()).check(z.string()), 'put both into one'],
  ['a check that is none', () => t.text().check({} as never), 'Standard Schema'],
  ['a JSON schema that is none', () => t.json((() => true) as never), 'Standard Schema'],
  ['a column with a space', () => t.text().column('a b'), 'A column cannot be "a b"'],
  ['a column of 64 letters', () => t.text().column('x'.repeat(64)), '1 to 63'],
  [
    'an int default with a half',
    () => define(t.int().default(1.5)),
    "The default of 'field' must be a whole number",
  ],
  [
    'a null default',
    () => define(t.int().default(null as never)),
    "The default of 'field' must not be null",
  ],
  [
    'an enum default that is not one',
    () => define(t.enum(['a']).default('b' as never)),
    "one of 'a'",
  ],
  [
    'a default that its check refuses',
    () => define(t.int().check(z.int().min(5)).default(1)),
    'refused by its check',
  ],
  [
    'a default of an asynchronous check',
    () =>
      define(
        t
          .int()
          .check(z.int().refine(async () => true))
          .default(1),
      ),
    'asynchronous',
  ],
]

test.each(refusals)('%s is refused', (_, make, words) => {
  const error = errorOf(make)
  expect(error.code).toBe('InvalidSchema')
  expect(error.message).toContain(words)
})
