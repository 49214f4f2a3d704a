import { loadPeer } from '../../lib/peers.ts'
import { complete, type RowCodec, type StoredRow } from '../rows.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

/** The parts of knex and Feathers that are used, by shape: they are not always installed. */
interface Knex {
  raw(sql: string): unknown
  transaction<T>(work: (trx: object) => Promise<T>): Promise<T>
  destroy(): Promise<void>
}

interface Service {
  find(params: object): Promise<StoredRow[]>
  get(id: string): Promise<StoredRow>
  create(row: StoredRow): Promise<StoredRow>
  create(rows: StoredRow[], params: object): Promise<StoredRow[]>
  patch(id: string, patch: Partial<StoredRow>): Promise<StoredRow>
}

interface FeathersKnex {
  KnexService: new (options: object) => Service
}

export interface FeathersKnexEngine {
  /** What knex is given. */
  readonly options: object
  readonly codec: RowCodec
}

/**
 * The service of @feathersjs/knex, called in this process. It knows no kinds of value, so rows are
 * mapped by hand. It creates rows one by one, which a transaction makes all or none.
 */
export async function openFeathersKnex({ options, codec }: FeathersKnexEngine): Promise<Subject> {
  const { default: createKnex } = await loadPeer<{ default(options: object): Knex }>('knex')
  const { KnexService } = await loadPeer<FeathersKnex>('@feathersjs/knex')
  const knex = createKnex({ ...options, pool: { min: 1, max: 1 } })
  const service = new KnexService({ Model: knex, name: 'emotions', multi: true })
  return {
    name: 'feathersKnex',
    point: async (id) => codec.fromStored(await service.get(id)),
    async range100(userId) {
      const $sort = { created_at: -1, id: 1 }
      const rows = await service.find({ query: { user_id: userId, $sort, $limit: rangeSize } })
      return rows.map(codec.fromStored)
    },
    insert: async (input) =>
      codec.fromStored(await service.create(codec.toStored(complete(input)))),
    async batch100(inputs) {
      const rows = inputs.map((input) => codec.toStored(complete(input)))
      const created = await knex.transaction((trx) =>
        service.create(rows, { transaction: { trx } }),
      )
      return created.map(codec.fromStored)
    },
    async update(id, { intensity, note }) {
      const updated_at = codec.time(new Date())
      const version = knex.raw('version + 1')
      return codec.fromStored(await service.patch(id, { intensity, note, updated_at, version }))
    },
    close: () => knex.destroy(),
  }
}
