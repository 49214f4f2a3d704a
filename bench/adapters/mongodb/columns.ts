import type { Json } from '@wherry/core/schema'
import type { Emotion, EmotionPatch, Kind } from '../schema.ts'

/** A document as the driver reads it. What is null is not there. */
export interface Stored {
  _id: string
  user_id: string
  kind: Kind
  intensity: number
  /** Hundredths; written as a bigint, which makes it an int64, and read as a number. */
  confidence: number | bigint
  note?: string | undefined
  active: boolean
  data: NonNullable<Json>
  created_at: Date
  updated_at: Date
  version: number
}

export function fromStored(stored: Stored): Emotion {
  return {
    id: stored._id,
    userId: stored.user_id,
    kind: stored.kind,
    intensity: stored.intensity,
    confidence: (Number(stored.confidence) / 100).toFixed(2),
    note: stored.note ?? null,
    active: stored.active,
    data: stored.data,
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
    version: stored.version,
  }
}

/** What is undefined the driver leaves out, as it is told to. */
export function toStored(row: Emotion): Stored {
  return {
    _id: row.id,
    user_id: row.userId,
    kind: row.kind,
    intensity: row.intensity,
    confidence: BigInt(Math.round(Number(row.confidence) * 100)),
    note: row.note ?? undefined,
    active: row.active,
    data: row.data,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    version: row.version,
  }
}

/** A patch in the server's operators. */
export function changes({ intensity, note }: EmotionPatch) {
  const set = { intensity, updated_at: new Date() }
  const $inc = { version: 1 }
  return note === null
    ? { $set: set, $unset: { note: 1 as const }, $inc }
    : { $set: { ...set, note }, $inc }
}
