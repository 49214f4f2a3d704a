import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import type { Plan } from '../../query/ast.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import type { CollectionDefinition, FieldDefinition } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { indexName } from '../sql/ensure.ts'
import { foreignKeyViolation, outOfRange, uniqueViolation } from '../violations.ts'
import { fieldOfCheck } from './ddl.ts'
import { seqIndex } from './log-ddl.ts'

/** What the driver throws. Numbers below 45,000 are the server's or a trigger's, the others its own. */
export interface DriverError extends Error {
  readonly errno: number
  readonly sqlState?: string | null
  /** The server's words, where it was the server. */
  readonly sqlMessage?: string | null
  /** Whether it is the connection's end, or a statement's that was ended alone. */
  readonly fatal?: boolean
}

export function isDriverError(error: unknown): error is DriverError {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number'
}

/** A statement that was ended alone, by a time-out or by KILL QUERY, has the state of a connection. */
const endedStatement = [1317, 1969, 3024]

/** Whether the connection ends with this error, as it does for a packet that is too large. */
export function endsConnection({ fatal, errno }: DriverError): boolean {
  return fatal === true && !endedStatement.includes(errno)
}

/** TLS and the network give errors of Node's own, which the driver marks. */
function isOfConnection(error: unknown): error is Error {
  return error instanceof Error && 'fatal' in error && error.fatal === true
}

/** What MySQL or MariaDB said, as the error that every engine gives. */
export function toWherryError(error: unknown, plan?: Plan): WherryError {
  const collection = plan?.collection
  if (isWherryError(error)) return error
  if (error instanceof SyntaxError || error instanceof Misfit)
    return corruptValue(error, collection)
  if (!isDriverError(error)) return isOfConnection(error) ? unreachable(error) : internal(error)
  return (collection && violation(error, collection)) ?? byNumber(error, plan)
}

function violation(error: DriverError, collection: CollectionDefinition): WherryError | undefined {
  const details = { collection: collection.name, outcome: 'not-applied' } as const
  const { message } = error
  switch (error.errno) {
    case 1062:
    case 1586:
      return isOvertaken(error)
        ? undefined
        : uniqueViolation(collection, fieldsOfKey(keyName(message), collection), error)
    case 1216:
    case 1217:
    case 1451:
    case 1452:
      return foreignKeyViolation(collection, error)
    case 1048:
    case 1364:
      return new WherryError(
        'NotNullViolation',
        `A column of '${collection.table}' must not be null: ${message}; give it a default there, or declare it in the schema`,
        details,
        error,
      )
    case 1264:
    case 1690:
      return outOfRange(collection, columnAt(message, collection), error)
    case 3819:
    case 4025: {
      const field = fieldOfCheck(collection, constraintName(message))
      return field ? beyondKind(collection, field, error) : refusedWrite(collection, error)
    }
    // What a trigger of the database's own says with SIGNAL.
    case 1644:
      return refusedWrite(collection, error)
    default:
      return undefined
  }
}

function refusedWrite({ name }: CollectionDefinition, cause: Error): WherryError {
  return new WherryError(
    'CheckViolation',
    `The database refuses the write to '${name}': ${cause.message}`,
    { collection: name, outcome: 'not-applied' },
    cause,
  )
}

/** "CONSTRAINT `name` failed", "Check constraint 'name' is violated". */
export function constraintName(message: string): string {
  return /[`'](.+?)[`']/.exec(message)?.[1] ?? ''
}

/** A CHECK of ours refuses what an increment leads to, or what is no JSON to MariaDB since it is nested too deep. */
export function beyondKind(
  collection: CollectionDefinition,
  field: FieldDefinition,
  cause: unknown,
): WherryError {
  if (field.kind !== 'json') return outOfRange(collection, field, cause)
  return new WherryError(
    'Unsupported',
    `'${field.name}' is nested deeper than the 32 levels that MariaDB reads; flatten it, or keep it as a text`,
    { collection: collection.name, fields: [field.name], outcome: 'not-applied' },
    cause,
  )
}

/** "Duplicate entry '…' for key 'name'", where the entry may be anything. MySQL names the table too. */
export function keyName(message: string): string {
  return /for key '(?:[^'.]+\.)?([^'.]+)'$/.exec(message)?.[1] ?? ''
}

/** Its number in the log was given to another entry, because it used it so late; see GapKeeper. */
function isOvertaken({ errno, message }: DriverError): boolean {
  return errno === 1062 && keyName(message) === seqIndex
}

/** None of an index that others have named; see writes.ts, which asks. */
function fieldsOfKey(name: string, collection: CollectionDefinition) {
  if (name === 'PRIMARY') return collection.key
  return collection.indexes.find((each) => indexName(collection, each) === name)?.fields ?? []
}

/** "Out of range value for column 'n' at row 1", "BIGINT value is out of range in '(`t`.`n` + 5)'". */
function columnAt(
  message: string,
  { fieldList }: CollectionDefinition,
): FieldDefinition | undefined {
  const [, name] = /for column '(.+)' at row|`([^`]+)` \+ /.exec(message)?.filter(Boolean) ?? []
  return fieldList.find(({ column }) => column === name)
}

/** What is no violation: the numbers, the code, what it says and what to do about it. */
const meanings: readonly (readonly [errnos: readonly number[], ErrorCode, message: string])[] = [
  [
    [1020, 1213, 1412, 1614],
    'SerializationFailure',
    'Another transaction was in the way; run it again',
  ],
  [[1205, 3572], 'LockTimeout', 'Another writer holds the rows; try again, or raise lockTimeoutMs'],
  [
    endedStatement,
    'Timeout',
    'The statement took too long and was ended; ask for less, or raise statementTimeoutMs',
  ],
  [[1290, 1792, 1836], 'DatabaseReadOnly', 'The database takes no writes; connect to the primary'],
  [
    [1142, 1143, 1227],
    'DatabaseReadOnly',
    "The user may not do this; grant it, or connect with { ensure: 'off' } if it is about making tables",
  ],
  [[1049], 'DatabaseMissing', 'There is no such database; create it first'],
  [
    [1054, 1146],
    'SchemaMismatch',
    "A table or column is missing; connect with { ensure: 'create' } to make it",
  ],
  [
    [1419],
    'Unsupported',
    'With its binary log on, the server lets only administrators make triggers; set log_bin_trust_function_creators = 1',
  ],
  [
    [1044, 1045, 1251, 1698, 3118],
    'ConnectionRefused',
    'The database does not accept this user or password; check them',
  ],
  [
    [1153, 1301, 45016],
    'TooLarge',
    'A statement is larger than the server takes; write fewer rows at once, or raise max_allowed_packet',
  ],
  [[1390], 'QueryTooComplex', 'A statement has at most 65,535 values; ask in several steps'],
  [
    [1461],
    'DatabaseUnavailable',
    'The server keeps no more prepared statements; raise max_prepared_stmt_count, or lower max',
  ],
  [[1406], 'TooLarge', 'A value is too long for its column; shorten it, or widen the column'],
]

/** What host code's own statements may meet, and those of plans do not, or tell with their fields. */
const ofStatements: readonly (readonly [errnos: readonly number[], ErrorCode])[] = [
  [[1062, 1586], 'UniqueViolation'],
  [[1216, 1217, 1451, 1452], 'ForeignKeyViolation'],
  [[1048, 1364], 'NotNullViolation'],
  [[1643, 1644, 3819, 4025], 'CheckViolation'],
  [[1264, 1690], 'OutOfRange'],
  [[1292, 1366, 1411], 'InvalidValue'],
  [[1052, 1055, 1064, 1065, 1111, 1305], 'InvalidQuery'],
]

const overtaken = meanings[0]!
const outage = [
  [],
  'DatabaseUnavailable',
  'The database cannot be used now; see that it runs, and try again',
] as const

function byNumber(error: DriverError, plan?: Plan): WherryError {
  const collection = plan?.collection
  const known = meanings.find(([errnos]) => errnos.includes(error.errno))
  const meaning = isOvertaken(error) ? overtaken : (known ?? (isOutage(error) ? outage : undefined))
  const details = collection === undefined ? {} : { collection: collection.name }
  const outcome = 'not-applied'
  if (meaning !== undefined) {
    const [, code, message] = meaning
    return new WherryError(code, `${message} (${error.message})`, { ...details, outcome }, error)
  }
  const [, code] = ofStatements.find(([errnos]) => errnos.includes(error.errno)) ?? []
  if (code !== undefined && (collection === undefined || code === 'InvalidValue')) {
    const refused = `The database refuses the statement; see what it says (${error.message})`
    return new WherryError(code, refused, { ...details, outcome }, error)
  }
  const isWrite = plan !== undefined && plan.kind !== 'find' && plan.kind !== 'aggregate'
  if (isWrite && isOfTrigger(error)) return refusedWrite(plan.collection, error)
  return internal(error).annotate({ outcome })
}

/**
 * Whether the state is of a kind that nothing gives to a write but triggers: nothing found, wrong
 * data, a broken constraint, or, from 5 to 9 and from I to Z, what users may define.
 */
function isOfTrigger({ sqlState }: DriverError): boolean {
  // 70100 is that of what an administrator ends.
  return /^(02|2[123]|45|[5689I-Z])/.test(sqlState ?? '')
}

/**
 * Too many connections, no memory, no room on the disk, no more threads, shutting down, ended by an
 * administrator. The driver's own numbers tell of its connection, and those of the network are
 * negative.
 */
function isOutage(error: DriverError): boolean {
  const { errno } = error
  return (
    errno < 0 ||
    (errno >= 45_000 && !isOfTrigger(error)) ||
    [1021, 1037, 1038, 1040, 1041, 1053, 1077, 1079, 1114, 1135, 1152, 1158, 1159, 1160, 1161]
      .concat([1184, 1203, 1226, 1927, 2006, 2013, 3169, 4031])
      .includes(errno)
  )
}

function unreachable(error: Error): WherryError {
  return new WherryError(
    'DatabaseUnavailable',
    `The database cannot be reached: ${error.message}; see that it runs, and that 'tls' trusts its certificate`,
    { outcome: 'not-applied' },
    error,
  )
}

function corruptValue(error: Error, collection?: CollectionDefinition): WherryError {
  return new WherryError(
    'CorruptValue',
    `A value in the database cannot be decoded (${error.message}); another program wrote it: mend it there`,
    collection === undefined ? {} : { collection: collection.name },
    error,
  )
}

function internal(error: unknown): WherryError {
  return new WherryError('Internal', `The MySQL adapter failed: ${String(error)}`, {}, error)
}
