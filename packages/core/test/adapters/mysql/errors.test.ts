import { describe, expect, it } from 'vitest'
import { endsConnection, toWherryError } from '../../../src/adapters/mysql/errors.ts'
import { indexName } from '../../../src/adapters/sql/ensure.ts'
import type { ErrorCode } from '../../../src/errors/codes.ts'
import { WherryError } from '../../../src/errors/wherry-error.ts'
import { planDeleteMany } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { Misfit } from '../../../src/schema/misfit.ts'

const { definition } = defineSchema({
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    n: t.int(),
    data: t.json(),
  }).unique('email'),
})
const users = definition.collections.get('users')!
const plan = planDeleteMany(users, { where: {} })

const driverError = (errno: number, message = 'said so', sqlState = 'HY000') =>
  Object.assign(new Error(message), { errno, sqlState })

describe('what the server refuses', () => {
  const emailIndex = indexName(users, users.indexes[0]!)

  it.each<[errno: number, message: string, code: ErrorCode, fields?: string[]]>([
    [1062, `Duplicate entry 'a' for key 'PRIMARY'`, 'UniqueViolation', ['id']],
    [1062, `Duplicate entry 'a' for key 'users.PRIMARY'`, 'UniqueViolation', ['id']],
    [
      1062,
      `Duplicate entry 'for key 'PRIMARY'' for key '${emailIndex}'`,
      'UniqueViolation',
      ['email'],
    ],
    [1062, `Duplicate entry 'a' for key 'users.${emailIndex}'`, 'UniqueViolation', ['email']],
    [1062, `Duplicate entry 'a' for key 'my-users.PRIMARY'`, 'UniqueViolation', ['id']],
    [1062, `Duplicate entry 'a' for key 'email'`, 'UniqueViolation', []],
    [1062, `Duplicate entry '7' for key 'wherry_log_seq'`, 'SerializationFailure'],
    [1062, `Duplicate entry '7' for key 'wherry_log.wherry_log_seq'`, 'SerializationFailure'],
    [1452, 'Cannot add or update a child row', 'ForeignKeyViolation'],
    [1451, 'Cannot delete or update a parent row', 'ForeignKeyViolation'],
    [1048, `Column 'extra' cannot be null`, 'NotNullViolation'],
    [1264, `Out of range value for column 'n' at row 1`, 'OutOfRange', ['n']],
    [1690, "BIGINT value is out of range in '(`w`.`users`.`n` + 5)'", 'OutOfRange', ['n']],
    [4025, 'CONSTRAINT `users.n` failed for `w`.`users`', 'CheckViolation'],
    [4025, 'CONSTRAINT `positive` failed for `w`.`users`', 'CheckViolation'],
    [3819, `Check constraint 'positive' is violated.`, 'CheckViolation'],
    [1644, 'what a trigger says', 'CheckViolation'],
  ])('as %i, %s, is %s', (errno, message, code, fields) => {
    const error = toWherryError(driverError(errno, message), plan)
    expect(error).toMatchObject({ code, details: { outcome: 'not-applied' } })
    expect(error.details.fields).toEqual(fields)
  })

  it.each<[errno: number, sqlState: string, code: ErrorCode]>([
    [1644, '23ABC', 'CheckViolation'],
    [1643, '02000', 'CheckViolation'],
    [1365, '22012', 'CheckViolation'],
    [5013, 'TP013', 'CheckViolation'],
    [50_001, '45000', 'CheckViolation'],
    [1366, '22007', 'InvalidValue'],
    [1406, '22001', 'TooLarge'],
    [1927, '70100', 'DatabaseUnavailable'],
    [1568, '25001', 'Internal'],
    [1064, '42000', 'Internal'],
  ])('by a trigger or else, as %i of state %s, is %s and not applied', (errno, sqlState, code) => {
    const error = toWherryError(driverError(errno, 'said so', sqlState), plan)
    expect(error).toMatchObject({ code, details: { outcome: 'not-applied' } })
  })

  it.each<[errno: number, code: ErrorCode]>([
    [1213, 'SerializationFailure'],
    [1020, 'SerializationFailure'],
    [1412, 'SerializationFailure'],
    [1301, 'TooLarge'],
    [1390, 'QueryTooComplex'],
    [1461, 'DatabaseUnavailable'],
    [1205, 'LockTimeout'],
    [3572, 'LockTimeout'],
    [1969, 'Timeout'],
    [3024, 'Timeout'],
    [1290, 'DatabaseReadOnly'],
    [1142, 'DatabaseReadOnly'],
    [1049, 'DatabaseMissing'],
    [1146, 'SchemaMismatch'],
    [1054, 'SchemaMismatch'],
    [1045, 'ConnectionRefused'],
    [1406, 'TooLarge'],
    [1153, 'TooLarge'],
    [1419, 'Unsupported'],
    [1040, 'DatabaseUnavailable'],
    [1927, 'DatabaseUnavailable'],
    [45013, 'DatabaseUnavailable'],
    [-111, 'DatabaseUnavailable'],
    [1064, 'InvalidQuery'],
    [1062, 'UniqueViolation'],
  ])('as %i is %s', (errno, code) => {
    expect(toWherryError(driverError(errno)).code).toBe(code)
  })

  it('tells errors of TLS, which have no number, from mistakes', () => {
    const untrusted = Object.assign(new Error('self-signed certificate'), { fatal: true })
    const error = toWherryError(untrusted)
    expect(error).toMatchObject({ code: 'DatabaseUnavailable', retryable: true })
    expect(error.message).toContain('self-signed certificate')
  })

  it('knows which of them end the connection', () => {
    const ends = (errno: number) =>
      endsConnection(Object.assign(driverError(errno), { fatal: true }))
    expect([1153, 1927, 1053].map(ends)).toEqual([true, true, true])
    expect([1317, 1969].map(ends)).toEqual([false, false])
    expect(endsConnection(driverError(1062))).toBe(false)
  })

  it('keeps what is said already, and knows values that cannot be decoded', () => {
    const known = new WherryError('NotFound', 'it is not there')
    expect(toWherryError(known)).toBe(known)
    expect(toWherryError(new Misfit('is none'), plan).code).toBe('CorruptValue')
    expect(toWherryError(new SyntaxError('bad JSON')).code).toBe('CorruptValue')
    expect(toWherryError(new TypeError('a bug')).code).toBe('Internal')
  })
})
