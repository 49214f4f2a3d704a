import { z } from 'zod'
import { idSchema, jsonSchema, positionSchema } from './parts.schema.ts'
import type { Snapshot } from './snapshot.ts'

export const snapshotSchema: z.ZodType<Snapshot> = z.strictObject({
  type: z.literal('snapshot'),
  id: idSchema,
  rows: z.array(jsonSchema),
  offset: positionSchema.optional(),
})
