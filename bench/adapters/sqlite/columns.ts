import type { Json } from '@wherry/core/schema'
import type { RowCodec } from '../rows.ts'
import type { Emotion, Kind } from '../schema.ts'

/** A row as better-sqlite3 reads it. */
interface Stored {
  id: string
  user_id: string
  kind: Kind
  intensity: number
  /** Hundredths. */
  confidence: number
  note: string | null
  active: number
  data: string
  created_at: number
  updated_at: number
  version: number
}

export const codec: RowCodec = {
  fromStored(row: Stored): Emotion {
    return {
      id: row.id,
      userId: row.user_id,
      kind: row.kind,
      intensity: row.intensity,
      confidence: readDecimal(row.confidence),
      note: row.note,
      active: row.active === 1,
      data: JSON.parse(row.data) as NonNullable<Json>,
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
      version: row.version,
    }
  },
  toStored: (row) => ({
    id: row.id,
    user_id: row.userId,
    kind: row.kind,
    intensity: row.intensity,
    confidence: writeDecimal(row.confidence),
    note: row.note,
    active: row.active ? 1 : 0,
    data: JSON.stringify(row.data),
    created_at: row.createdAt.getTime(),
    updated_at: row.updatedAt.getTime(),
    version: row.version,
  }),
  time: (value) => value.getTime(),
}

export function readDecimal(hundredths: number): string {
  return (hundredths / 100).toFixed(2)
}

export function writeDecimal(decimal: string): number {
  return Math.round(Number(decimal) * 100)
}
