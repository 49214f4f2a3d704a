import type { ErrorCode } from '../../errors/codes.ts'
import { isWherryError, WherryError, type ErrorDetails } from '../../errors/wherry-error.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { outOfRange } from '../violations.ts'

/** What the server or the driver says of an error. */
export interface MongoFailure extends Error {
  readonly code?: number
  readonly hasErrorLabel?: (label: string) => boolean
  /** Of a duplicate: the fields of the index. FerretDB does not tell. */
  readonly keyPattern?: Readonly<Record<string, unknown>>
  /** Of a batch that failed as a whole: what the driver has put into an error of its own. */
  readonly errorResponse?: unknown
  /** Of a batch: which of its documents was refused first. */
  readonly writeErrors?: readonly { readonly index: number }[]
}

/** Whether a row would have what another one has in a unique index. */
export function isDuplicate(error: unknown): error is MongoFailure {
  if (!(error instanceof Error)) return false
  const { code, message } = error as MongoFailure
  // FerretDB tells of it as of an error of its own, where it comes from a findAndModify.
  return code === 11000 || (code === 1 && message.includes('UNIQUE constraint failed'))
}

/** What MongoDB said, as the error that every engine gives. */
export function toWherryError(
  error: unknown,
  collection?: CollectionDefinition,
  isWrite = false,
): WherryError {
  if (isWherryError(error)) return error
  if (error instanceof Misfit) return corruptValue(error, collection)
  if (!(error instanceof Error)) return internal(error)
  const { errorResponse } = error as MongoFailure
  const failure = (errorResponse instanceof Error ? errorResponse : error) as MongoFailure
  // What was written is there, whatever keeps others from having it, too.
  if (failure.name === 'MongoWriteConcernError') return unknownOutcome(error)
  return (
    byLabel(failure) ??
    byCode(failure, collection, isWrite) ??
    byClass(failure, collection, isWrite) ??
    internal(error, isWrite)
  )
}

/** Whether the server or a connection went away, and nobody has waited for that until it was too late. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof Error) || waits.has(error.name)) return false
  const exceededTimeLimit = 262
  const isOver = (error as MongoFailure).code === exceededTimeLimit
  return isOver || toWherryError(error).code === 'DatabaseUnavailable'
}

const waits = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoNetworkTimeoutError',
])

function byLabel(error: MongoFailure): WherryError | undefined {
  if (error.hasErrorLabel?.('UnknownTransactionCommitResult')) return unknownOutcome(error)
  if (error.hasErrorLabel?.('TransientTransactionError')) return inTheWay(error)
  // Of a server that refuses, and of a connection that could not be made.
  if (error.hasErrorLabel?.('SystemOverloadedError')) return unavailable(error)
  return undefined
}

/** The codes are those of MongoDB's `error_codes.yml`. */
function byCode(
  error: MongoFailure,
  collection: CollectionDefinition | undefined,
  isWrite: boolean,
): WherryError | undefined {
  const as = (code: ErrorCode, message: string) => told(code, message, error, collection, isWrite)
  switch (error.code) {
    case 2: // BadValue
    case 52: // DollarPrefixedFieldName
      if (collection !== undefined && error.message.includes('$inc')) {
        return outOfRange(collection, undefined, error)
      }
      return as('Unsupported', 'The server cannot store this value; change it')
    case 13: // Unauthorized
      return as(
        'DatabaseReadOnly',
        'The user may not do this; grant it the role readWrite, and dbAdmin where it makes collections',
      )
    case 14: // TypeMismatch
    case 171: // CannotIndexParallelArrays
    case 241: // ConversionFailure
      return as('CorruptValue', 'A field holds a value of another kind; mend it in the database')
    case 18: // AuthenticationFailed
    case 8000: // Atlas: bad auth
      return as(
        'ConnectionRefused',
        'The database does not accept this user or password; check them',
      )
    case 24: // LockTimeout
      return as('LockTimeout', 'Another writer holds the documents; try again')
    case 26: // NamespaceNotFound
      return as('SchemaMismatch', "A collection is missing; connect with { ensure: 'create' }")
    case 50: // MaxTimeMSExpired
    case 11601: // Interrupted
    case 262: // ExceededTimeLimit
      return as('Timeout', 'The server ended the call; ask for less, or raise statementTimeoutMs')
    case 112: // WriteConflict
    case 239: // SnapshotTooOld
    case 246: // SnapshotUnavailable
    case 251: // NoSuchTransaction
      return inTheWay(error)
    case 121: // DocumentValidationFailure
      return as('CheckViolation', "The collection's validator refuses the document; see its rules")
    case 73: // InvalidNamespace
      return as('InvalidOptions', 'The server knows no such name of a database or collection')
    case 189: // PrimarySteppedDown
    case 10107: // NotWritablePrimary
    case 13435: // NotPrimaryNoSecondaryOk
    case 13436: // NotPrimaryOrSecondary
      return unavailable(error)
    case 14031: // OutOfDiskSpace
      return as('DatabaseUnavailable', 'The server has no room; make some')
    case 238: // NotImplemented
      return as('Unsupported', 'The server does not know this')
    case 10334: // BSONObjectTooLarge
    case 17280: // KeyTooLong
    case 17419: // The document would grow too large
      return tooLarge(error, collection)
    default:
      if (!isPassing(error.code)) return undefined
      return isWrite ? unknownOutcome(error) : unavailable(error)
  }
}

/** What a server says while it is starting, ending or looking for others, in the midst of a call. */
function isPassing(code: number | undefined): boolean {
  switch (code) {
    case 6: // HostUnreachable
    case 7: // HostNotFound
    case 8: // UnknownError
    case 43: // CursorNotFound
    case 64: // WriteConcernFailed
    case 89: // NetworkTimeout
    case 91: // ShutdownInProgress
    case 134: // ReadConcernMajorityNotAvailableYet
    case 9001: // SocketException
    case 11600: // InterruptedAtShutdown
    case 11602: // InterruptedDueToReplStateChange
      return true
    default:
      return false
  }
}

/** What the driver finds out by itself has a class, and no code. */
function byClass(
  error: MongoFailure,
  collection: CollectionDefinition | undefined,
  isWrite: boolean,
): WherryError | undefined {
  switch (error.name) {
    // Nothing was sent.
    case 'MongoServerSelectionError':
    case 'MongoWaitQueueTimeoutError':
    case 'MongoPoolClearedError':
      return unavailable(error)
    case 'MongoNetworkError':
    case 'MongoNetworkTimeoutError':
    case 'PoolClearedOnNetworkError':
    // The client was closed, perhaps while it waited for the answer.
    case 'MongoServerClosedError':
    case 'MongoPoolClosedError':
    case 'MongoNotConnectedError':
    case 'MongoTopologyClosedError':
    case 'MongoClientClosedError':
      return isWrite ? unknownOutcome(error) : unavailable(error)
    case 'MongoOperationTimeoutError':
      if (isWrite) return unknownOutcome(error)
      return told(
        'Timeout',
        'The call took too long; ask for less, or raise statementTimeoutMs',
        error,
        collection,
      )
    case 'MongoInvalidArgumentError':
    case 'MongoParseError':
    case 'MongoAPIError':
    case 'MongoMissingDependencyError':
    case 'MongoCompatibilityError':
      if (/larger than/.test(error.message)) return tooLarge(error, collection)
      return told(
        'InvalidOptions',
        'The driver refuses it; mend the URL or the options',
        error,
        collection,
      )
    default:
      // The encoder, of a document that no message could hold.
      if (error instanceof RangeError) return tooLarge(error, collection)
      // The host's own code is a name, such as of an address that it could not look up.
      return /^E[A-Z]+$/.test(String(error.code)) ? unavailable(error) : undefined
  }
}

function told(
  code: ErrorCode,
  message: string,
  error: Error,
  collection: CollectionDefinition | undefined,
  isWrite = false,
): WherryError {
  const details: ErrorDetails = {
    ...(collection !== undefined && { collection: collection.name }),
    ...(isWrite && { outcome: 'not-applied' }),
  }
  return new WherryError(code, `${message} (${error.message})`, details, error)
}

function tooLarge(error: Error, collection: CollectionDefinition | undefined): WherryError {
  return told(
    'TooLarge',
    'A document has at most 16 MiB, and a query 48 MB; make it smaller',
    error,
    collection,
    true,
  )
}

function inTheWay(error: Error): WherryError {
  return new WherryError(
    'SerializationFailure',
    `Another transaction was in the way; run it again (${error.message})`,
    { outcome: 'not-applied' },
    error,
  )
}

function unavailable(error: Error): WherryError {
  return new WherryError(
    'DatabaseUnavailable',
    `The database cannot be reached: ${error.message}; see that it runs, and try again`,
    { outcome: 'not-applied' },
    error,
  )
}

/** Whether what failed may have been applied. */
export function isUnknown(error: unknown): boolean {
  return !isWherryError(error) || error.details.outcome === 'unknown'
}

export function unknownOutcome(cause: unknown): WherryError {
  const said = cause instanceof Error ? ` (${cause.message})` : ''
  return new WherryError(
    'UnknownOutcome',
    `The database did not say whether the write was applied${said}; read before writing again, or, ` +
      'on a replica set, use a transaction with a mutationId, which tells',
    { outcome: 'unknown' },
    cause,
  )
}

function corruptValue(error: Misfit, collection: CollectionDefinition | undefined): WherryError {
  return new WherryError(
    'CorruptValue',
    `A value in the database cannot be decoded (${error.message}); another program wrote it: mend it there`,
    collection === undefined ? {} : { collection: collection.name },
    error,
  )
}

function internal(error: unknown, isWrite = false): WherryError {
  const details: ErrorDetails = isWrite ? { outcome: 'unknown' } : {}
  return new WherryError('Internal', `The MongoDB adapter failed: ${String(error)}`, details, error)
}
