import type { Change } from '../../contract/change-log.ts'
import type { CollectionDefinition, Row, SchemaDefinition } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { positionLost } from '../violations.ts'
import type { DocumentCode } from './documents.ts'
import type { ClusterTime, Document } from './driver.ts'
import { ledgerName } from './ledger.ts'
import { lockColumn } from './session.ts'

/** An event of a change stream, as far as it is read. */
export interface ChangeEvent {
  readonly operationType: string
  readonly clusterTime: ClusterTime
  /** Of events that end the stream: absent. */
  readonly ns?: { readonly coll?: string }
  /** Both name the transaction, where there was one. */
  readonly lsid?: unknown
  readonly txnNumber?: unknown
  readonly fullDocumentBeforeChange?: Document
  readonly fullDocument?: Document
  readonly updateDescription?: {
    readonly updatedFields: object
    readonly removedFields: readonly string[]
  }
}

/** The pipeline of streams that tell what becomes of the schema's collections, and by whom. */
export function eventsOf({ collections }: SchemaDefinition): Document[] {
  const ours = { $in: Array.from(collections.values(), ({ table }) => table) }
  const events = [
    { 'ns.coll': ours },
    { 'ns.coll': ledgerName, operationType: 'insert' },
    // Another collection takes the name of one of ours.
    { 'to.coll': ours },
    { operationType: { $in: ['dropDatabase', 'invalidate'] } },
  ]
  return [{ $match: { $or: events } }]
}

type Author = Pick<Change, 'actor' | 'mutationId'>

const nobody: Author = { actor: null, mutationId: null }

/** Makes changes of events, which it is given in the stream's order. */
export class EventReader {
  readonly #code: DocumentCode
  readonly #collections: ReadonlyMap<string, CollectionDefinition>
  /** Who made the transactions. */
  readonly #authors = new Map<string, Author>()

  constructor(code: DocumentCode, { collections }: SchemaDefinition) {
    this.#code = code
    this.#collections = new Map(
      Array.from(collections.values(), (collection) => [collection.table, collection]),
    )
  }

  /** What an event tells of, if anything; throws PositionLost where it does not tell the rows. */
  read(event: ChangeEvent): Change | undefined {
    const { operationType, ns, fullDocumentBeforeChange, fullDocument } = event
    const transaction = transactionOf(event)
    if (ns?.coll === ledgerName) {
      // It stands before all else in its transaction; restored entries are in none.
      if (transaction !== undefined) this.#authors.set(transaction, authorOf(fullDocument!))
      return undefined
    }
    if (isLock(event)) return undefined
    const collection = this.#collections.get(ns?.coll ?? '')
    if (collection === undefined) throw positionLost()
    return {
      collection,
      old: operationType === 'insert' ? null : this.#rowOf(collection, fullDocumentBeforeChange),
      row: operationType === 'delete' ? null : this.#rowOf(collection, fullDocument),
      ...(this.#authors.get(transaction ?? '') ?? nobody),
    }
  }

  #rowOf(collection: CollectionDefinition, document: Document | null | undefined): Row {
    // A collection was dropped or renamed, or a server does not say that it keeps no images.
    if (document === undefined || document === null) throw positionLost()
    try {
      return this.#code.toRow(collection, collection.fieldList, document)
    } catch (error) {
      // A value that the kind cannot be: another program wrote it, and who asks for the row is told.
      throw error instanceof Misfit ? positionLost() : error
    }
  }
}

/** A name for the transaction of an event, if it is of one. */
function transactionOf({ lsid, txnNumber }: ChangeEvent): string | undefined {
  return lsid === undefined ? undefined : `${JSON.stringify(lsid)} ${String(txnNumber)}`
}

/** Entries of mutations without an id have one that is no text. */
function authorOf({ _id: id, actor }: Document): Author {
  return { actor: actor as string | null, mutationId: typeof id === 'string' ? id : null }
}

/** Whether a transaction has locked a row by this, which changes nothing that a row shows. */
function isLock({ updateDescription }: ChangeEvent): boolean {
  if (updateDescription === undefined) return false
  const { updatedFields, removedFields } = updateDescription
  return Object.keys(updatedFields).join() === lockColumn && removedFields.length === 0
}
