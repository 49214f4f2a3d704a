import { collection, defineSchema, t } from '@wherry/core/schema'
import { z } from 'zod'
import { emotions, maxNameLength, maxNoteLength } from './emotions.ts'

export const schema = defineSchema(
  {
    checkIns: collection({
      id: t.id(),
      userId: t.text({ maxLength: maxNameLength }),
      emotion: t.enum(emotions),
      intensity: t.int().check(z.number().min(1).max(10)),
      note: t.text({ maxLength: maxNoteLength }).nullable(),
      createdAt: t.createdAt(),
      updatedAt: t.updatedAt(),
      version: t.version(),
    })
      .index('createdAt')
      .index('intensity'),
  },
  { naming: 'snake_case' },
)

type S = typeof schema
/** What the page knows of the schema; the schema itself stays on the server. */
export interface AppSchema extends S {}
