import { WherryError } from '../../errors/wherry-error.ts'

/** The part of MongoDB's driver that is used here, by shape, so that its types are not needed. */
export interface Driver {
  readonly MongoClient: new (url: string, options: object) => Client
  /** A number that is stored as a double, whatever its value. */
  readonly Double: new (value: number) => unknown
  readonly ObjectId: new () => unknown
  readonly Timestamp: new (parts: { readonly t: number; readonly i: number }) => ClusterTime
}

export interface Client {
  /** What the URL and the options say together. */
  readonly options: {
    readonly writeConcern?: { readonly w?: unknown; readonly journal?: boolean }
  }
  connect(): Promise<unknown>
  close(force?: boolean): Promise<void>
  db(name?: string): Database
  startSession(options?: object): ClientSession
  on(event: string, listener: (event: never) => void): unknown
}

export interface Database {
  readonly databaseName: string
  command(command: Document, options?: object): Promise<Document>
  collection(name: string, options?: object): Collection
  listCollections(filter?: Document, options?: object): Cursor
  createCollection(name: string, options?: object): Promise<unknown>
  watch(pipeline: readonly Document[], options: object): ChangeStream
}

export interface Collection {
  find(filter: Document, options?: object): Cursor
  findOne(filter: Document, options?: object): Promise<Document | null>
  aggregate(pipeline: readonly Document[], options?: object): Cursor
  countDocuments(filter: Document, options?: object): Promise<number>
  insertOne(document: Document, options?: object): Promise<unknown>
  insertMany(documents: readonly Document[], options?: object): Promise<unknown>
  findOneAndUpdate(filter: Document, update: Document, options?: object): Promise<Document | null>
  findOneAndDelete(filter: Document, options?: object): Promise<Document | null>
  replaceOne(filter: Document, document: Document, options?: object): Promise<unknown>
  updateOne(filter: Document, update: Document, options?: object): Promise<UpdateCount>
  updateMany(filter: Document, update: Document, options?: object): Promise<UpdateCount>
  deleteMany(filter: Document, options?: object): Promise<{ readonly deletedCount: number }>
  createIndex(keys: Document, options?: object): Promise<unknown>
  indexes(): Promise<Document[]>
}

interface UpdateCount {
  readonly matchedCount: number
}

export interface Cursor extends AsyncIterable<Document> {
  toArray(): Promise<Document[]>
}

export interface ClientSession {
  /** The moment that a session with `snapshot: true` reads of; set by its first read. */
  readonly snapshotTime?: ClusterTime
  readonly operationTime?: ClusterTime
  startTransaction(options: object): void
  commitTransaction(): Promise<void>
  abortTransaction(): Promise<void>
  endSession(): Promise<void>
}

/** A moment of a replica set: seconds since 1970, and a counter within the second. */
export interface ClusterTime {
  readonly t: number
  readonly i: number
}

export interface ChangeStream {
  tryNext(): Promise<Document | null>
  close(): Promise<void>
}

/** What is stored. Its names are those of the schema, or operators of ours; never a caller's. */
export type Document = Record<string, unknown>

/** Loads the driver, which only those install who use this adapter. */
export async function loadDriver(): Promise<Driver> {
  const name = 'mongodb'
  return (import(name) as Promise<Driver>).catch((cause: unknown) => {
    const message = "mongodb() needs the package mongodb; run 'npm install mongodb'"
    throw new WherryError('DriverMissing', message, {}, cause)
  })
}
