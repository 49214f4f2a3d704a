import { collection, defineSchema, t, type Json } from '@wherry/core/schema'

/** A row as applications have them: eleven fields, of which half need decoding. */
export const schema = defineSchema(
  {
    users: collection({ id: t.id(), name: t.text() }),
    emotions: collection({
      id: t.id(),
      userId: t.ref('users'),
      kind: t.enum(['happy', 'sad', 'calm', 'angry', 'afraid']),
      intensity: t.int(),
      confidence: t.decimal(5, 2),
      note: t.text().nullable(),
      active: t.boolean(),
      data: t.json(),
      createdAt: t.createdAt(),
      updatedAt: t.updatedAt(),
      version: t.version(),
    }).index('userId', 'createdAt'),
  },
  { naming: 'snake_case' },
)

export interface Emotion {
  id: string
  userId: string
  kind: Kind
  intensity: number
  confidence: string
  note: string | null
  active: boolean
  data: NonNullable<Json>
  createdAt: Date
  updatedAt: Date
  version: number
}

export type Kind = 'happy' | 'sad' | 'calm' | 'angry' | 'afraid'

/** What a caller gives; id, times and version are the data layer's to set. */
export type NewEmotion = Omit<Emotion, 'id' | 'createdAt' | 'updatedAt' | 'version'>
export type EmotionPatch = Pick<Emotion, 'intensity' | 'note'>
