import { loadPeer } from '../../lib/peers.ts'
import { changes, fromStored, toStored, type Stored } from '../mongodb/columns.ts'
import { clientOptions, writeConcern } from '../mongodb/driver.ts'
import { complete } from '../rows.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

/** The parts of mongoose that are used, by shape, because it is not always installed. */
interface Mongoose {
  createConnection(url: string, options: object): Connection
  readonly Schema: (new (fields: object, options: object) => object) & {
    readonly Types: { readonly Mixed: unknown }
  }
}

interface Connection {
  asPromise(): Promise<unknown>
  model(name: string, schema: object): Model
  close(): Promise<void>
}

interface Model {
  findById(id: string): Query<Stored | null>
  find(filter: Partial<Stored>): Query<Stored[]>
  create(stored: Stored): Promise<Stored>
  insertMany(stored: Stored[], options: object): Promise<unknown>
  findByIdAndUpdate(id: string, update: object, options: { returnDocument: 'after' }): Query<Stored>
}

interface Query<T> extends PromiseLike<T> {
  sort(order: object): Query<T>
  limit(count: number): Query<T>
  lean(isLean: boolean): Query<T>
}

/** Mongoose's models as its documentation uses them: what is read is a document of its own. */
export function openMongoose(url: string): Promise<Subject> {
  return open('mongoose', url, { lean: false })
}

/** Mongoose where no documents are made of what is read, nor is a batch checked by the schema. */
export function openMongooseLean(url: string): Promise<Subject> {
  return open('mongooseLean', url, { lean: true })
}

async function open(name: string, url: string, { lean }: { lean: boolean }): Promise<Subject> {
  const { default: mongoose } = await loadPeer<{ default: Mongoose }>('mongoose')
  const connection = mongoose.createConnection(url, { ...clientOptions, autoIndex: false })
  await connection.asPromise()
  const emotions = connection.model('emotions', schemaOf(mongoose))
  return {
    name,
    async point(id) {
      const stored = await emotions.findById(id).lean(lean)
      return stored === null ? null : fromStored(stored)
    },
    async range100(userId) {
      const newestFirst = { created_at: -1, _id: 1 }
      const query = emotions.find({ user_id: userId }).sort(newestFirst).limit(rangeSize)
      return (await query.lean(lean)).map(fromStored)
    },
    async insert(input) {
      const row = complete(input)
      await emotions.create(toStored(row))
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      // The schema's write concern does not reach it.
      await emotions.insertMany(rows.map(toStored), { lean, writeConcern })
      return rows
    },
    async update(id, patch) {
      const options = { returnDocument: 'after' } as const
      return fromStored(await emotions.findByIdAndUpdate(id, changes(patch), options).lean(lean))
    },
    close: () => connection.close(),
  }
}

function schemaOf({ Schema }: Mongoose): object {
  const fields = {
    _id: String,
    user_id: String,
    kind: String,
    intensity: Number,
    confidence: BigInt,
    note: String,
    active: Boolean,
    data: Schema.Types.Mixed,
    created_at: Date,
    updated_at: Date,
    version: Number,
  }
  return new Schema(fields, {
    collection: 'emotions',
    writeConcern: { w: writeConcern.w, j: writeConcern.journal },
    versionKey: false,
    autoCreate: false,
  })
}
