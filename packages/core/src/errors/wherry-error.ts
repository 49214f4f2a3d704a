import { retryableCodes, type ErrorCode } from './codes.ts'

/**
 * What became of the write that failed. `not-applied`: the database holds nothing of it.
 * `unknown`: it may or may not have been committed; read before writing again.
 */
export type Outcome = 'not-applied' | 'unknown'

/** What an error tells beside its message. Everything here is safe to show to a caller. */
export interface ErrorDetails {
  readonly collection?: string
  /** The fields at fault, by their names in the schema. */
  readonly fields?: readonly string[]
  /** Which row of an insertMany is at fault, counted from 0, where it is known. */
  readonly row?: number
  /** The row as it is now, on VersionConflict. */
  readonly current?: Readonly<Record<string, unknown>>
  /** The id of the write, as `Mutation.id`. */
  readonly mutationId?: string
  readonly outcome?: Outcome
  /** Everything that does not fit, on SchemaMismatch and InvalidSchema. */
  readonly problems?: readonly string[]
}

/** The only error class of Wherry. Switch on `code`; the message is for people. */
export class WherryError extends Error {
  override readonly name = 'WherryError'
  readonly code: ErrorCode
  readonly details: ErrorDetails
  /** Marks errors of every copy of this package. */
  readonly '~wherry' = 'error' as const

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }

  /** Adds what is known further up and is not said yet. */
  annotate(details: ErrorDetails): this {
    ;(this as { details: ErrorDetails }).details = { ...details, ...this.details }
    return this
  }

  /** Whether the same call may succeed if it is simply made again. */
  get retryable(): boolean {
    return retryableCodes.has(this.code)
  }
}

/** True for errors of any copy of this package, which `instanceof` cannot promise. */
export function isWherryError(value: unknown): value is WherryError {
  return value instanceof Error && '~wherry' in value && value['~wherry'] === 'error'
}

/** Does something with each row; what it throws says which row that was, if there are several. */
export function eachRow<R, T>(rows: readonly R[], work: (row: R) => T): T[] {
  const results: T[] = []
  try {
    // By index, which finds the holes of a sparse array too.
    for (let row = 0; row < rows.length; row++) results.push(work(rows[row]!))
  } catch (error) {
    // A database that cannot be written is no fault of the row's; that error names no collection.
    const isRowsFault = isWherryError(error) && error.details.collection !== undefined
    throw isRowsFault && rows.length > 1 ? error.annotate({ row: results.length }) : error
  }
  return results
}
