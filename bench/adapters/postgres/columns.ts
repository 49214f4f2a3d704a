import type { Json } from '@wherry/core/schema'
import type { RowCodec } from '../rows.ts'
import type { Emotion, Kind } from '../schema.ts'

/** A row as pg reads it: numbers that JavaScript may not have exactly are texts. */
interface Stored {
  id: string
  user_id: string
  kind: Kind
  intensity: string
  confidence: string
  note: string | null
  active: boolean
  data: NonNullable<Json>
  created_at: Date
  updated_at: Date
  version: string
}

export const codec: RowCodec = {
  fromStored(row: Stored): Emotion {
    return {
      id: row.id,
      userId: row.user_id,
      kind: row.kind,
      intensity: Number(row.intensity),
      confidence: row.confidence,
      note: row.note,
      active: row.active,
      data: row.data,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      version: Number(row.version),
    }
  },
  toStored: (row) => ({
    id: row.id,
    user_id: row.userId,
    kind: row.kind,
    intensity: row.intensity,
    confidence: row.confidence,
    note: row.note,
    active: row.active,
    data: JSON.stringify(row.data),
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    version: row.version,
  }),
  time: (value) => value,
}
