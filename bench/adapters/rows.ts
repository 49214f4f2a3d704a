import { randomUUID } from 'node:crypto'
import type { Emotion, NewEmotion } from './schema.ts'

/** The columns of `emotions`, in the order in which everybody names them. */
export const columnNames = [
  'id',
  'user_id',
  'kind',
  'intensity',
  'confidence',
  'note',
  'active',
  'data',
  'created_at',
  'updated_at',
  'version',
] as const

export type StoredRow = Record<(typeof columnNames)[number], unknown>

/** What everybody who has no data layer writes by hand, once for each table. */
export interface RowCodec {
  fromStored(stored: object): Emotion
  toStored(row: Emotion): StoredRow
  /** A time as it is stored. */
  time(value: Date): unknown
}

/** A new row as the application gets it back. */
export function complete(input: NewEmotion): Emotion {
  const now = Date.now()
  return {
    id: newId(now),
    userId: input.userId,
    kind: input.kind,
    intensity: input.intensity,
    confidence: input.confidence,
    note: input.note,
    active: input.active,
    data: input.data,
    createdAt: new Date(now),
    updatedAt: new Date(now),
    version: 1,
  }
}

/** A UUIDv7: the time before the random digits that a UUIDv4 already has. */
function newId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
