import type { StoredCollection } from '../../../src/adapters/mongodb/catalog.ts'
import type { MongoContext } from '../../../src/adapters/mongodb/context.ts'
import type { Deployment } from '../../../src/adapters/mongodb/deployment.ts'
import { DocumentCode } from '../../../src/adapters/mongodb/documents.ts'
import {
  loadDriver,
  type Client,
  type Collection,
  type Cursor,
  type Database,
  type Document,
} from '../../../src/adapters/mongodb/driver.ts'
import type { SchemaDefinition } from '../../../src/schema/definition.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'

const driver = await loadDriver()

export const replicaSet: Deployment = { isReplicated: true, hasExpressions: true }

interface Recorded {
  readonly name: string
  readonly type?: string
  readonly options?: object
  readonly indexes?: readonly Document[]
  readonly documents?: readonly Document[]
}

/** A database that keeps what it is told, and answers as MongoDB's manual says that it does. */
export class RecordedDatabase {
  /** The commands that change something, in their order. */
  readonly told: unknown[][] = []
  /** Calls of this name are refused with an error of this code. */
  refuse: { readonly call: string; readonly code: number } | undefined
  readonly #collections: Map<string, Required<Recorded>>

  constructor(...collections: Recorded[]) {
    this.#collections = new Map(collections.map((each) => [each.name, { ...empty, ...each }]))
  }

  context(
    { definition: schema }: { readonly definition: SchemaDefinition },
    deployment: Deployment = replicaSet,
    writeConcern?: Client['options']['writeConcern'],
  ): MongoContext {
    const context: Partial<MongoContext> = {
      schema,
      runtime: new FakeRuntime(),
      driver,
      database: this.#database as Database,
      client: { options: { ...(writeConcern && { writeConcern }) } } as Client,
      deployment,
      code: new DocumentCode(driver),
      readOptions: {},
      writeOptions: {},
    }
    return context as MongoContext
  }

  options(name: string): StoredCollection['options'] {
    return this.#collections.get(name)!.options
  }

  readonly #database: Partial<Database> = {
    listCollections: () => cursor(Array.from(this.#collections.values())),
    createCollection: async (name, options = {}) => {
      // It is there afterwards even if it is refused: then another process has just made it.
      this.#collections.set(name, { ...empty, name, options })
      this.#record('create', name, options)
    },
    command: async ({ collMod, ...options }) => {
      const name = collMod as string
      this.#record('collMod', name, options)
      this.#change(name, ({ options: before }) => ({ options: { ...before, ...options } }))
      return { ok: 1 }
    },
    collection: (name) => this.#collection(name) as Collection,
  }

  #collection(name: string): Partial<Collection> {
    return {
      find: () => cursor(this.#collections.get(name)?.documents ?? []),
      indexes: async () => [...this.#collections.get(name)!.indexes],
      createIndex: async (key, options) => {
        this.#record('createIndexes', name, key, options)
        this.#change(name, ({ indexes }) => ({ indexes: [...indexes, { key, ...options }] }))
      },
      updateMany: async (filter, update) => {
        this.#record('update', name, filter, update)
        return { matchedCount: 0 }
      },
    }
  }

  #record(...command: [string, ...unknown[]]): void {
    if (this.refuse?.call === command[0]) {
      const { code } = this.refuse
      throw Object.assign(new Error(`refused with ${code}`), { code })
    }
    this.told.push(command)
  }

  #change(name: string, change: (before: Required<Recorded>) => Partial<Recorded>): void {
    const before = this.#collections.get(name)!
    this.#collections.set(name, { ...before, ...change(before) })
  }
}

const empty: Required<Recorded> = {
  name: '',
  type: 'collection',
  options: {},
  indexes: [{ v: 2, key: { _id: 1 }, name: '_id_' }],
  documents: [],
}

function cursor(documents: readonly object[]): Cursor {
  const list = documents as Document[]
  return {
    toArray: async () => [...list],
    async *[Symbol.asyncIterator]() {
      yield* list
    },
  }
}
