import { columnNames, complete } from '../rows.ts'
import type { Emotion, EmotionPatch, NewEmotion } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { codec, writeDecimal } from './columns.ts'
import { openDatabase } from './driver.ts'

const columns = columnNames.join(', ')

/** The same operations without a promise, which is how the driver itself works. */
export interface RawDriver {
  point(id: string): Emotion | null
  range100(userId: string): Emotion[]
  insert(input: NewEmotion): Emotion
  batch100(inputs: readonly NewEmotion[]): Emotion[]
  update(id: string, patch: EmotionPatch): Emotion
  close(): void
}

/** The driver as it is used well by hand: everything prepared once, rows mapped by plain code. */
export async function openRaw(file: string): Promise<RawDriver> {
  const db = await openDatabase(file)
  const point = db.prepare(`select ${columns} from emotions where id = ?`)
  const range = db.prepare(
    `select ${columns} from emotions where user_id = ? order by created_at desc, id limit 100`,
  )
  const insert = db.prepare(
    `insert into emotions (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const update = db.prepare(
    `update emotions set intensity = ?, note = ?, updated_at = ?, version = version + 1
      where id = ? returning ${columns}`,
  )

  function insertOne(input: NewEmotion): Emotion {
    const row = complete(input)
    insert.run(
      row.id,
      row.userId,
      row.kind,
      row.intensity,
      writeDecimal(row.confidence),
      row.note,
      row.active ? 1 : 0,
      JSON.stringify(row.data),
      row.createdAt.getTime(),
      row.updatedAt.getTime(),
      row.version,
    )
    return row
  }

  return {
    point(id) {
      const row = point.get(id)
      return row === undefined ? null : codec.fromStored(row as object)
    },
    range100: (userId) => (range.all(userId) as object[]).map(codec.fromStored),
    insert: insertOne,
    batch100: db.transaction((inputs: readonly NewEmotion[]) => inputs.map(insertOne)),
    update(id, { intensity, note }) {
      // Not `get`: that leaves the statement before its end, where SQLite would look whether the WAL
      // has to be checkpointed. It would look cheaper here and let the WAL grow without bound.
      const [row] = update.all(intensity, note, Date.now(), id)
      return codec.fromStored(row as object)
    },
    close: () => void db.close(),
  }
}

/** As a part of an application whose data access is asynchronous, like that of all data layers. */
export function rawSubject(raw: RawDriver): Subject {
  return {
    name: 'raw',
    point: async (id) => raw.point(id),
    range100: async (userId) => raw.range100(userId),
    insert: async (input) => raw.insert(input),
    batch100: async (inputs) => raw.batch100(inputs),
    update: async (id, patch) => raw.update(id, patch),
    close: async () => raw.close(),
  }
}
