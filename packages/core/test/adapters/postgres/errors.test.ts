import { expect, it } from 'vitest'
import { toWherryError } from '../../../src/adapters/postgres/errors.ts'
import type { Plan } from '../../../src/query/ast.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'

const { definition } = defineSchema({
  sums: collection({ id: t.id(), ratio: t.float(), price: t.decimal(5, 2), n: t.bigint() }),
})
const sums = definition.collections.get('sums')!
const plan = {
  kind: 'aggregate',
  collection: sums,
  measures: sums.fieldList.map((field) => ({ field })),
} as unknown as Plan

const overflow = (file: string) =>
  Object.assign(new Error('bigint ist außerhalb des gültigen Bereichs'), { code: '22003', file })

it.each([
  ['int8.c', ['n']],
  ['numeric.c', ['price']],
  ['float.c', ['ratio']],
  ['numutils.c', undefined],
])('an overflow tells its field in whatever language the server speaks: %s', (file, fields) => {
  const error = toWherryError(overflow(file), plan)
  expect(error.code).toBe('OutOfRange')
  expect(error.details.fields).toEqual(fields)
})

it('a password that is missing is refused as a wrong one is', () => {
  const cause = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')
  expect(toWherryError(cause)).toMatchObject({
    code: 'ConnectionRefused',
    details: { outcome: 'not-applied' },
  })
})

const answered = (code: string, more: object = {}) =>
  Object.assign(new Error('no'), { code, ...more })

it.each(['TP013', '02000', '22012', 'P0004'])(
  'what a trigger raises refuses the write, whatever its state: %s',
  (code) => {
    const insert = { kind: 'insert', collection: sums, rows: [] } as unknown as Plan
    const where = 'PL/pgSQL function f() line 1 at RAISE'
    const isRefused = { code: 'CheckViolation', details: { outcome: 'not-applied' } }
    expect(toWherryError(answered(code, { where }), insert)).toMatchObject(isRefused)
    if (code === '22012') return
    expect(toWherryError(answered(code, { where }))).toMatchObject(isRefused)
  },
)

it('what the server answers with an error is not applied, and its own faults are no refusal', () => {
  const insert = { kind: 'insert', collection: sums, rows: [] } as unknown as Plan
  const notApplied = { outcome: 'not-applied' }
  const lacking = { code: 'InvalidValue', details: notApplied }
  expect(toWherryError(answered('22P05'), insert)).toMatchObject(lacking)
  expect(toWherryError(answered('22P05'), plan)).toMatchObject(lacking)
  const failed = { code: 'Internal', details: notApplied }
  expect(toWherryError(answered('XX000'), insert)).toMatchObject(failed)
  expect(toWherryError(answered('0A000'), plan)).toMatchObject(failed)
})

it('what was not prepared has not run, if the statement is one of ours', () => {
  const unprepared = (name: string) =>
    Object.assign(new Error(`prepared statement "${name}" does not exist`), { code: '26000' })
  expect(toWherryError(unprepared('wherry0'))).toMatchObject({
    code: 'SerializationFailure',
    retryable: true,
    details: { outcome: 'not-applied' },
  })
  expect(toWherryError(unprepared('mine')).code).not.toBe('SerializationFailure')
})

it('calls a missing table, column or unique index a SchemaMismatch', () => {
  for (const code of ['42P01', '42703', '42P10']) {
    expect(toWherryError(answered(code), plan)).toMatchObject({ code: 'SchemaMismatch' })
  }
})
