import { loadPeer } from '../../lib/peers.ts'
import { changes, fromStored, toStored, type Stored } from '../mongodb/columns.ts'
import { connect, writeConcern } from '../mongodb/driver.ts'
import { complete } from '../rows.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

/** The parts of Feathers that are used, by shape, because it is not always installed. */
interface Service {
  find(params: object): Promise<Stored[]>
  create(stored: Stored, params: object): Promise<Stored>
  create(stored: Stored[], params: object): Promise<Stored[]>
  patch(id: string, patch: object, params: object): Promise<Stored>
}

interface FeathersMongodb {
  MongoDBService: new (options: object) => Service
}

/**
 * The service of @feathersjs/mongodb, called in this process. It knows no kinds of value, so
 * documents are mapped by hand.
 */
export async function openFeathersMongodb(url: string): Promise<Subject> {
  const { MongoDBService } = await loadPeer<FeathersMongodb>('@feathersjs/mongodb')
  const { client, emotions } = await connect(url)
  const params = { mongodb: { writeConcern } }
  const service = new MongoDBService({ Model: emotions, multi: true })
  return {
    name: 'feathersMongodb',
    // Not `get`, which asks for `$and: [{ _id }]`: FerretDB, other than MongoDB, knows where a document
    // is only by an `_id` that stands alone, and would read the others. For `patch` there is no way.
    async point(id) {
      const [stored] = await service.find({ query: { _id: id, $limit: 1 } })
      return stored === undefined ? null : fromStored(stored)
    },
    async range100(userId) {
      const $sort = { created_at: -1, _id: 1 }
      const stored = await service.find({ query: { user_id: userId, $sort, $limit: rangeSize } })
      return stored.map(fromStored)
    },
    insert: async (input) => fromStored(await service.create(toStored(complete(input)), params)),
    async batch100(inputs) {
      const stored = inputs.map((input) => toStored(complete(input)))
      const created = await service.create(stored, params)
      return created.map(fromStored)
    },
    update: async (id, patch) => fromStored(await service.patch(id, changes(patch), params)),
    close: () => client.close(),
  }
}
