import { existsSync } from 'node:fs'
import type { ErrorCode } from '../../errors/codes.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { isCheckOf } from '../sql/kind-name.ts'
import { foreignKeyViolation, outOfRange, uniqueViolation } from '../violations.ts'

/** SQLite's extended result code as better-sqlite3 names it, or undefined for other errors. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined
}

/** Another connection holds a lock that will be released; worth another try. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED')
}

/** What SQLite said, as the error that every engine gives; `wrote` is whether it was of a write. */
export function toWherryError(
  error: unknown,
  file: string,
  wrote: boolean,
  collection?: CollectionDefinition,
): WherryError {
  if (isWherryError(error)) return error
  const code = sqliteCode(error)
  if (code === undefined) return decodingError(error, file, collection)
  if (code.startsWith('SQLITE_CONSTRAINT') && collection !== undefined) {
    return constraintError(code, error as Error, collection)
  }
  return fileError(code, error as Error, file, wrote)
}

function decodingError(error: unknown, file: string, collection?: CollectionDefinition) {
  const details = collection === undefined ? {} : { collection: collection.name }
  // better-sqlite3 has no code for it.
  if (error instanceof TypeError && error.message.includes('connection is not open')) {
    return new WherryError('NotConnected', `'${file}' has been closed`, details, error)
  }
  if (!(error instanceof SyntaxError || error instanceof Misfit)) {
    return new WherryError(
      'Internal',
      `The SQLite adapter failed: ${String(error)}`,
      details,
      error,
    )
  }
  return new WherryError(
    'CorruptValue',
    `A value in '${file}' cannot be decoded (${error.message}); another program wrote it: mend it there`,
    details,
    error,
  )
}

function constraintError(code: string, error: Error, collection: CollectionDefinition) {
  const named = error.message.slice(error.message.indexOf(': ') + 2)
  const details = { collection: collection.name, outcome: 'not-applied' } as const
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
    case 'SQLITE_CONSTRAINT_ROWID':
      return uniqueViolation(collection, uniqueFields(collection, named), error)
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return foreignKeyViolation(collection, error)
    case 'SQLITE_CONSTRAINT_DATATYPE':
      // "cannot store TEXT value in INTEGER column table.column": an increment went beyond 64 bits.
      return outOfRange(collection, fieldAtEnd(collection, error.message), error)
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return new WherryError(
        'NotNullViolation',
        `A column of '${collection.table}' must not be null: ${named}; give it a default there, or declare it in the schema`,
        details,
        error,
      )
    default: {
      // What a RESTRICT does in a table that others made.
      if (error.message.startsWith('FOREIGN KEY')) return foreignKeyViolation(collection, error)
      const ranged = collection.fieldList.find((field) => isCheckOf(field, named))
      if (ranged !== undefined) return outOfRange(collection, ranged, error)
      return new WherryError(
        'CheckViolation',
        `The database refuses the write to '${collection.name}': ${error.message}`,
        details,
        error,
      )
    }
  }
}

/** "users.tenant, users.email": the columns of the index, in its order. */
function uniqueFields({ fieldList, table }: CollectionDefinition, named: string) {
  return named
    .split(', ')
    .map((name) => fieldList.find(({ column }) => name === `${table}.${column}`))
    .filter((field) => field !== undefined)
}

function fieldAtEnd(collection: CollectionDefinition, message: string) {
  const { fieldList, table } = collection
  return fieldList.find(({ column }) => message.endsWith(` ${table}.${column}`))
}

/** Of a statement of host code, which tells nothing of collections. */
function codeOfConstraint(code: string): ErrorCode {
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
    case 'SQLITE_CONSTRAINT_ROWID':
      return 'UniqueViolation'
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return 'ForeignKeyViolation'
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return 'NotNullViolation'
    default:
      return 'CheckViolation'
  }
}

/** What SQLite says of reads, of inserts, and of an upsert whose unique index is not there. */
const missing = /^no such (table|column)|has no column named|^ON CONFLICT clause does not match/

function fileError(code: string, error: Error, file: string, wrote: boolean): WherryError {
  const as = nothingApplied(error)
  switch (code.split('_', 2).join('_')) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return as('LockTimeout', `Another connection holds '${file}'; try again`)
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM':
      if (code === 'SQLITE_READONLY_DIRECTORY') {
        return as(
          'DatabaseReadOnly',
          `The folder of '${file}' cannot be written, where SQLite keeps the -wal and -shm files that ` +
            'even reading needs; let this process write the folder, or copy the file into one that it may',
        )
      }
      return as(
        'DatabaseReadOnly',
        `'${file}' cannot be written; check its permissions, and that it is not opened with readOnly`,
      )
    case 'SQLITE_CANTOPEN':
      return as(
        'DatabaseMissing',
        `'${file}' cannot be opened; check that it is a file, and that it and its folder may be read`,
      )
    case 'SQLITE_NOTADB':
      return as(
        'DatabaseCorrupt',
        `'${file}' is no SQLite database; name another file, or restore a backup`,
      )
    case 'SQLITE_CORRUPT':
      return as(
        'DatabaseCorrupt',
        `'${file}' is damaged; restore a backup, or try sqlite3's .recover`,
      )
    case 'SQLITE_FULL':
      return as('DatabaseUnavailable', `The disk of '${file}' is full; make room and try again`)
    case 'SQLITE_IOERR':
      return ioError(code, error, file, wrote)
    case 'SQLITE_ERROR':
      if (missing.test(error.message)) {
        return as(
          'SchemaMismatch',
          `'${file}' lacks what the schema has (${error.message}); connect with { ensure: 'create' } to make it`,
        )
      }
      if (error.message === 'malformed JSON') {
        return as('CorruptValue', `A JSON column in '${file}' holds what is no JSON; mend it there`)
      }
      // Only host code writes statements of its own.
      if (error.message.includes('syntax error')) {
        return as('InvalidQuery', `SQLite does not understand the statement: ${error.message}`)
      }
      return as('Internal', `SQLite reports an error: ${error.message}`)
    case 'SQLITE_CONSTRAINT':
      return as(codeOfConstraint(code), `The database refuses the statement: ${error.message}`)
    default:
      return as('Internal', `SQLite reports ${code}: ${error.message}`)
  }
}

function ioError(code: string, error: Error, file: string, wrote: boolean): WherryError {
  const as = nothingApplied(error)
  if (wrote) {
    return new WherryError(
      'UnknownOutcome',
      `Writing '${file}' failed (${code}); look at the disk, then read what was written`,
      { outcome: 'unknown' },
      error,
    )
  }
  return file === ':memory:' || existsSync(file)
    ? as(
        'DatabaseUnavailable',
        `Reading '${file}' failed (${code}); look at its disk, and try again`,
      )
    : as('DatabaseMissing', `'${file}' has gone while it was open; put it back, and connect anew`)
}

function nothingApplied(error: Error) {
  return (code: ErrorCode, message: string) =>
    new WherryError(code, message, { outcome: 'not-applied' }, error)
}
