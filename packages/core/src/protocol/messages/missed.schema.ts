import { z } from 'zod'
import type { Missed } from './missed.ts'
import { idSchema, positionSchema } from './parts.schema.ts'
import { changeSchema } from './wire-change.schema.ts'

export const missedSchema: z.ZodType<Missed> = z.strictObject({
  type: z.literal('missed'),
  id: idSchema,
  changes: z.array(changeSchema),
  offset: positionSchema.optional(),
})
