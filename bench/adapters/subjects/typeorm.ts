import { loadPeer } from '../../lib/peers.ts'
import { complete, readDecimal, writeDecimal } from '../columns.ts'
import { loadDriver, type Database } from '../driver.ts'
import type { Emotion, EmotionPatch } from '../schema.ts'
import { rangeSize } from '../workload.ts'
import type { Subject } from '../subject.ts'

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
  update(id: string, patch: EmotionPatch & { updatedAt: Date }): Promise<unknown>
}

const time = {
  to: (value: Date) => value.getTime(),
  from: (value: number) => new Date(value),
}
const decimal = { to: writeDecimal, from: readDecimal }

const columns = {
  id: { type: 'text', primary: true },
  userId: { type: 'text', name: 'user_id' },
  kind: { type: 'text' },
  intensity: { type: 'integer' },
  confidence: { type: 'integer', transformer: decimal },
  note: { type: 'text', nullable: true },
  active: { type: 'boolean' },
  data: { type: 'simple-json' },
  createdAt: { type: 'integer', name: 'created_at', transformer: time },
  updatedAt: { type: 'integer', name: 'updated_at', transformer: time },
  version: { type: 'integer', version: true },
}

/**
 * TypeORM's repositories. `insert` and `update` are its quick ways (`save` reads before it writes);
 * it does not read back what an update leaves on SQLite, so that is a query of its own.
 */
export async function openTypeorm(file: string): Promise<Subject> {
  const { DataSource, EntitySchema } = await loadPeer<TypeOrm>('typeorm')
  const entity = new EntitySchema({ name: 'emotions', tableName: 'emotions', columns })
  const source = new DataSource({
    type: 'better-sqlite3',
    driver: await loadDriver(),
    database: file,
    enableWAL: true,
    entities: [entity],
    prepareDatabase(db: Database) {
      db.exec('begin immediate; commit')
      db.pragma('synchronous = normal')
    },
  })
  await source.initialize()
  const emotions = source.getRepository(entity)
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
      await emotions.insert(row)
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await emotions.insert(rows)
      return rows
    },
    async update(id, { intensity, note }) {
      await emotions.update(id, { intensity, note, updatedAt: new Date() })
      return emotions.findOneByOrFail({ id })
    },
    close: () => source.destroy(),
  }
}
