import {
  createDataService,
  type Adapter,
  type ConnectOptions,
  type TransactionOptions,
} from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'

const schema = defineSchema({
  accounts: collection({ id: t.id(), n: t.int().default(0), version: t.version() }),
  entries: collection({
    id: t.id(),
    accountId: t.ref('accounts'),
    n: t.int().default(0),
    version: t.version(),
  }),
  // Which entries are gone, and at which version they went: the tables alone would not tell.
  deleted: collection({ id: t.id(), lastVersion: t.int(), version: t.version() }),
})

/** Rows that all writers change. */
export const shared: readonly string[] = Array.from({ length: 64 }, (_, n) => `shared ${n}`)

export function createService(adapter: Adapter): Data {
  return createDataService({ schema, databases: [adapter] })
}

/** The service, as far as it is used here. */
export interface Data extends Collections {
  connect(options?: ConnectOptions): Promise<void>
  close(): Promise<void>
  transaction<T>(work: (tx: Collections) => Promise<T>, options: TransactionOptions): Promise<T>
}

interface Collections {
  readonly accounts: Handle<{ readonly id: string }>
  readonly entries: Handle<{ readonly id: string; readonly accountId: string }>
  readonly deleted: Pick<
    Handle<{ readonly id: string; readonly lastVersion: number }>,
    'insertMany' | 'stream'
  >
}

interface Handle<Insert, Row = Insert & { readonly version: number }> {
  find(query: { readonly where: Ids }): Promise<Row[]>
  stream(query: object, options: { readonly batchSize: number }): AsyncIterable<Row>
  insert(row: Insert): PromiseLike<Row>
  insertMany(rows: readonly Insert[]): PromiseLike<Row[]>
  update(id: string, patch: Increment): PromiseLike<Row>
  updateMany(query: { readonly where: Ids; readonly set: Increment }): PromiseLike<number>
  deleteMany(query: { readonly where: Ids }): PromiseLike<number>
}

interface Ids {
  readonly id: { readonly in: readonly string[] }
}

interface Increment {
  readonly n: { readonly increment: number }
}

/** The tables as other programs know them. */
export interface Tables {
  accounts: { id: string; n?: number; version?: number }
  entries: { id: string; accountId: string; n?: number; version?: number }
  deleted: { id: string; lastVersion: number; version?: number }
}
