import { isWherryError, WherryError, type ErrorDetails } from '../../errors/wherry-error.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import type { Plan } from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Kind } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { indexName } from '../sql/ensure.ts'
import { isCheckOf } from '../sql/kind-name.ts'
import { foreignKeyViolation, outOfRange, uniqueViolation } from '../violations.ts'
import { longestName } from './ddl.ts'

/** What the server says of an error: appendix A of PostgreSQL's documentation lists the codes. */
interface ServerError extends Error {
  readonly code: string
  readonly constraint?: string
  readonly column?: string
  readonly detail?: string
  /** Which function it was in, such as a trigger's. */
  readonly where?: string
  /** The source file that gave the error, such as 'int8.c', in whatever language it is told. */
  readonly file?: string
  /** The function in it. */
  readonly routine?: string
}

/**
 * Whether what was prepared is of no use, so that nothing has run: it would give other columns or types
 * since a table has changed; or it is not there, since the statement before it, which was to prepare
 * it, failed, or since somebody has discarded it. Names of ours begin with 'wherry'.
 */
export function isOfStaleStatement(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, routine, message } = error as ServerError
  return routine === 'RevalidateCachedQuery' || (code === '26000' && message.includes('wherry'))
}

/** What PostgreSQL said, as the error that every engine gives. */
export function toWherryError(error: unknown, plan?: Plan): WherryError {
  const collection = plan?.collection
  if (isWherryError(error)) return error
  if (error instanceof SyntaxError || error instanceof Misfit)
    return corruptValue(error, collection)
  // A mistake of ours, and none of the database's.
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError)
    return internal(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  // A client whose connection has ended gives no code at all.
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) {
    return lacksPassword(error) ? refused(error) : connectionError(error, code)
  }
  const known = error as ServerError
  return (plan && violation(known, plan)) ?? bySqlState(known, collection) ?? refusal(known, plan)
}

function violation(error: ServerError, plan: Plan): WherryError | undefined {
  const { collection } = plan
  switch (error.code) {
    case '23505':
      return uniqueViolation(collection, uniqueFields(error, collection), error)
    case '23503':
    case '23001':
      return foreignKeyViolation(collection, error)
    case '23502':
      return new WherryError(
        'NotNullViolation',
        `A column of '${collection.table}' must not be null: ${error.column}; give it a default there, or declare it in the schema`,
        { collection: collection.name, outcome: 'not-applied' },
        error,
      )
    // What a batch says of itself.
    case '22P02':
      return error.message.includes(keptFewer) ? tooFewKept(collection, error) : undefined
    // An exclusion constraint, and what a trigger of the database's own raises.
    case '23P01':
    case 'P0001':
      return refusedWrite(collection, error)
    case '23514': {
      const isOf = (field: FieldDefinition) => isCheckOf(field, error.constraint ?? '', longestName)
      const field = collection.fieldList.find(isOf)
      return field === undefined
        ? refusedWrite(collection, error)
        : outOfRange(collection, field, error)
    }
    case '22003':
    case '22008':
      return outOfRange(collection, overflowing(error, plan), error)
    default:
      return undefined
  }
}

/** What the statement of a batch fails with where it has inserted fewer rows than it was given. */
export const keptFewer = 'wherry kept fewer'

/** A trigger of the database's own has left rows out. */
export function tooFewKept(collection: CollectionDefinition, cause?: unknown): WherryError {
  return new WherryError(
    'CheckViolation',
    `The database keeps fewer rows of '${collection.name}' than it was given, as its triggers decide; ` +
      `none of this call is inserted`,
    { collection: collection.name, outcome: 'not-applied' },
    cause,
  )
}

/** Nothing that the server answers with an error is applied. What else a write meets is a trigger's. */
function refusal(error: ServerError, plan?: Plan): WherryError {
  const isWrite = plan !== undefined && plan.kind !== 'find' && plan.kind !== 'aggregate'
  // XX: an error that the server should not have.
  return isWrite && !error.code.startsWith('XX')
    ? refusedWrite(plan.collection, error)
    : internal(error, { outcome: 'not-applied' })
}

function refusedWrite(collection: CollectionDefinition, error: Error): WherryError {
  return new WherryError(
    'CheckViolation',
    `The database refuses the write to '${collection.name}': ${error.message}`,
    { collection: collection.name, outcome: 'not-applied' },
    error,
  )
}

/** The server does not name the column, but its source files are those of types. */
function overflowing({ file = '' }: ServerError, plan: Plan): FieldDefinition | undefined {
  const kinds = kindsOfFile[file] ?? []
  return summedFields(plan).find(({ kind }) => kinds.includes(kind))
}

const kindsOfFile: Readonly<Record<string, readonly Kind[]>> = {
  'int8.c': ['int', 'bigint'],
  'numeric.c': ['decimal'],
  'float.c': ['float'],
}

function summedFields(plan: Plan): FieldDefinition[] {
  switch (plan.kind) {
    case 'update':
    case 'upsert':
      return plan.set.flatMap(({ field, operation }) => (operation === 'increment' ? [field] : []))
    case 'aggregate':
      return plan.measures.flatMap(({ field }) => field ?? [])
    default:
      return []
  }
}

/** By the index that Wherry made, else by the detail: "Key (tenant, email)=(…) already exists." */
function uniqueFields({ constraint, detail }: ServerError, collection: CollectionDefinition) {
  const index = collection.indexes.find((each) => indexName(collection, each) === constraint)
  if (index !== undefined) return index.fields
  const columns = /\(([^)]*)\)=/.exec(detail ?? '')?.[1]?.split(', ') ?? []
  return columns
    .map((name) => collection.fieldList.find(({ column }) => name.replaceAll('"', '') === column))
    .filter((field) => field !== undefined)
}

function bySqlState(error: ServerError, collection?: CollectionDefinition) {
  const details = collection === undefined ? {} : { collection: collection.name }
  const as = (code: ErrorCode, message: string, more: ErrorDetails = { outcome: 'not-applied' }) =>
    new WherryError(code, `${message} (${error.message})`, { ...details, ...more }, error)
  if (isOfStaleStatement(error)) {
    return as('SerializationFailure', 'The statement has to be prepared anew; run it again')
  }
  switch (error.code) {
    case '40001':
    case '40P01':
      return as('SerializationFailure', 'Another transaction was in the way; run it again')
    case '25P02':
      return as('TransactionAborted', 'A statement in the transaction failed; roll it back')
    case '55P03':
      return as('LockTimeout', 'Another writer holds the rows; try again, or raise lockTimeoutMs')
    case '57014':
      return as(
        'Timeout',
        'The statement took too long and was ended; ask for less, or raise statementTimeoutMs',
      )
    case '25006':
      return as('DatabaseReadOnly', 'The database takes no writes; connect to the primary')
    case '3D000':
      return as('DatabaseMissing', 'There is no such database; create it first')
    case '42P01':
    case '42703':
    // An upsert whose unique index is not there.
    case '42P10':
      return as(
        'SchemaMismatch',
        "A table, column or unique index is missing; connect with { ensure: 'create' } to make it",
      )
    case '55000':
      return as('SchemaMismatch', 'A unique constraint may not be deferrable; make it anew')
    case '42501':
      return as(
        'DatabaseReadOnly',
        "The user may not do this; grant it, or connect with { ensure: 'off' } if it is about making tables",
      )
    case '28000':
    case '28P01':
      return refused(error)
    case 'XX001':
    case 'XX002':
      return as('DatabaseCorrupt', 'The database is damaged; restore a backup')
    case '22P05':
      return as(
        'InvalidValue',
        "The encoding of the database lacks a character; make one with encoding 'UTF8'",
      )
    case '54000':
      return as(
        'TooLarge',
        'A value is too large for an index; shorten it, or take it out of the index',
      )
    default:
      break
  }
  // Connection exceptions, insufficient resources, operator intervention.
  if (/^(08|53|57)/.test(error.code)) {
    return as('DatabaseUnavailable', 'The database cannot be used now; try again')
  }
  // Only host code writes statements of its own.
  const code = collection === undefined ? codeOfStatement(error) : undefined
  return code && as(code, 'The database refuses the statement; see what it says')
}

function codeOfStatement({ code: state, where }: ServerError): ErrorCode | undefined {
  switch (state) {
    case '23505':
      return 'UniqueViolation'
    case '23503':
    case '23001':
      return 'ForeignKeyViolation'
    case '23502':
      return 'NotNullViolation'
    case '23514':
      return 'CheckViolation'
    case '22003':
    case '22008':
      return 'OutOfRange'
    default:
      // Data exceptions, what is wrong with the statement itself, and what a trigger raises.
      if (state.startsWith('22')) return 'InvalidValue'
      if (state.startsWith('42')) return 'InvalidQuery'
      return where !== undefined && !state.startsWith('XX') ? 'CheckViolation' : undefined
  }
}

/** The server asks for a password, and none was given, or an empty one: pg's own error, by its text. */
function lacksPassword({ message }: Error): boolean {
  return message.includes('client password must be')
}

function refused(error: Error): WherryError {
  return new WherryError(
    'ConnectionRefused',
    `The database does not accept this user or password; check them (${error.message})`,
    { outcome: 'not-applied' },
    error,
  )
}

function connectionError(error: Error, code: string | undefined): WherryError {
  return new WherryError(
    'DatabaseUnavailable',
    `The database cannot be reached${code === undefined ? '' : ` (${code})`}: ${error.message || String(error)}; see that it runs, and try again`,
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

function internal(error: unknown, details: ErrorDetails = {}): WherryError {
  const message = `The PostgreSQL adapter failed: ${String(error)}`
  return new WherryError('Internal', message, details, error)
}
