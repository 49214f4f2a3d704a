import { loadPeer } from '../../lib/peers.ts'
import { complete, type RowCodec } from '../rows.ts'
import type { Emotion, EmotionPatch } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

/** The parts of typeorm that are used, by shape, because it is not always installed. */
interface TypeOrm {
  DataSource: new (options: object) => {
    initialize(): Promise<unknown>
    destroy(): Promise<void>
    getRepository(entity: object): Repository
  }
  EntitySchema: new (options: object) => object
}

interface Repository {
  findOneBy(where: Partial<Emotion>): Promise<Emotion | null>
  findOneByOrFail(where: Partial<Emotion>): Promise<Emotion>
  find(options: object): Promise<Emotion[]>
  insert(rows: Emotion | Emotion[]): Promise<unknown>
  update(
    id: string,
    patch: EmotionPatch & { updatedAt: Date },
    options: { returning?: '*' },
  ): Promise<{ raw: object[] }>
}

export interface TypeormEngine {
  /** Where the database is, and how it is connected to. */
  readonly source: object
  readonly columns: object
  /** Makes a row of what an update returns, where it returns the row: of that, TypeORM makes none. */
  readonly fromReturned?: RowCodec['fromStored']
}

/**
 * TypeORM's repositories. `insert` and `update` are its quick ways (`save` reads before it writes).
 * Where an update returns nothing, what it left is read by a query of its own.
 */
export async function openTypeorm({
  source,
  columns,
  fromReturned,
}: TypeormEngine): Promise<Subject> {
  const { DataSource, EntitySchema } = await loadPeer<TypeOrm>('typeorm')
  const entity = new EntitySchema({ name: 'emotions', tableName: 'emotions', columns })
  const data = new DataSource({ ...source, entities: [entity] })
  await data.initialize()
  const emotions = data.getRepository(entity)
  return {
    name: 'typeorm',
    point: (id) => emotions.findOneBy({ id }),
    range100: (userId) =>
      emotions.find({
        where: { userId },
        order: { createdAt: 'DESC', id: 'ASC' },
        take: rangeSize,
      }),
    async insert(input) {
      const row = complete(input)
      // A copy, into which it writes the version as the server returns it, untransformed.
      await emotions.insert({ ...row })
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await emotions.insert(rows.map((row) => ({ ...row })))
      return rows
    },
    async update(id, { intensity, note }) {
      const patch = { intensity, note, updatedAt: new Date() }
      if (fromReturned === undefined) {
        await emotions.update(id, patch, {})
        return emotions.findOneByOrFail({ id })
      }
      const { raw } = await emotions.update(id, patch, { returning: '*' })
      return fromReturned(raw[0]!)
    },
    close: () => data.destroy(),
  }
}
