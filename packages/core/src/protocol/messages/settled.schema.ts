import { z } from 'zod'
import { mutationIdSchema } from './parts.schema.ts'
import type { Settled } from './settled.ts'

export const settledSchema: z.ZodType<Settled> = z.strictObject({
  type: z.literal('settled'),
  mutationIds: z.array(mutationIdSchema),
})
