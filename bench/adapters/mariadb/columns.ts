import type { Json } from '@wherry/core/schema'
import type { RowCodec } from '../rows.ts'
import type { Emotion, Kind } from '../schema.ts'

/** A row as the drivers read it, where they were told that times are UTC. JSON is a text there. */
interface Stored {
  id: string
  user_id: string
  kind: Kind
  intensity: number
  confidence: string
  note: string | null
  active: number
  data: string
  created_at: Date
  updated_at: Date
  version: number
}

export const codec: RowCodec = {
  fromStored(row: Stored): Emotion {
    return {
      id: row.id,
      userId: row.user_id,
      kind: row.kind,
      intensity: row.intensity,
      confidence: row.confidence,
      note: row.note,
      active: row.active === 1,
      data: JSON.parse(row.data) as NonNullable<Json>,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      version: row.version,
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
