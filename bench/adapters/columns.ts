import { randomUUID } from 'node:crypto'
import type { Json } from '@wherry/core/schema'
import type { Emotion, Kind, NewEmotion } from './schema.ts'

/** A row as SQLite has it, under the names that the application uses. */
export interface Stored {
  id: string
  userId: string
  kind: Kind
  intensity: number
  /** Hundredths. */
  confidence: number
  note: string | null
  active: number
  data: string
  createdAt: number
  updatedAt: number
  version: number
}

/** What everybody who has no data layer writes by hand, once for each table. */
export function fromStored(row: Stored): Emotion {
  return {
    id: row.id,
    userId: row.userId,
    kind: row.kind,
    intensity: row.intensity,
    confidence: readDecimal(row.confidence),
    note: row.note,
    active: row.active === 1,
    data: JSON.parse(row.data) as Json,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    version: row.version,
  }
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

export function readDecimal(hundredths: number): string {
  return (hundredths / 100).toFixed(2)
}

export function writeDecimal(decimal: string): number {
  return Math.round(Number(decimal) * 100)
}

/** A UUIDv7: the time before the random digits that a UUIDv4 already has. */
function newId(nowMs = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
