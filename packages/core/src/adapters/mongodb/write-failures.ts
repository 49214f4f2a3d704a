import type { ErrorCode } from '../../errors/codes.ts'
import type { WherryError } from '../../errors/wherry-error.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession, Document } from './driver.ts'
import { isDuplicate, toWherryError, unknownOutcome } from './errors.ts'
import { duplicateOf } from './unique.ts'

/** What to say of writes that fail, and what to do about those that have done a part. */
export class WriteFailures {
  readonly #context: MongoContext
  /** Its transaction undoes all by itself. */
  readonly #session: ClientSession | undefined

  constructor(context: MongoContext, session: ClientSession | undefined) {
    this.#context = context
    this.#session = session
  }

  /** What became of a write of rows, with the fields in which one of them is a duplicate. */
  async of(
    error: unknown,
    collection: CollectionDefinition,
    rows: readonly Row[],
    isNew: boolean,
    earlier: readonly Row[] = [],
  ): Promise<WherryError> {
    return isDuplicate(error)
      ? duplicateOf(this.#context, collection, rows, isNew, error, earlier)
      : toWherryError(error, collection, true)
  }

  /** The same of several rows, of which nobody says how many were written before it ended. */
  halfWay(error: unknown, collection: CollectionDefinition, hasWritten = false): WherryError {
    const known = toWherryError(error, collection, true)
    const isRefused = !hasWritten && refusals.has(known.code)
    return isRefused || this.#session !== undefined ? known : unknownOutcome(error)
  }

  /** Read from what a write has changed; in no transaction that is done, whatever it was. */
  rowBefore(collection: CollectionDefinition, document: Document): Row {
    try {
      return this.#context.code.toRow(collection, collection.fieldList, document)
    } catch (error) {
      const known = toWherryError(error, collection)
      throw this.#session === undefined ? known.annotate({ outcome: 'unknown' }) : known
    }
  }

  /** Undoes part of a write; a transaction undoes all of it by itself. */
  async takeBack(undo: () => Promise<unknown>): Promise<void> {
    if (this.#session !== undefined) return
    await undo().catch((cause: unknown) => {
      throw unknownOutcome(cause)
    })
  }
}

/** What a server says before it has done anything. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'Unsupported',
  'TooLarge',
  'DatabaseReadOnly',
  'SchemaMismatch',
])
