import { z } from 'zod'
import { idSchema, jsonSchema, nameSchema, positionSchema } from './parts.schema.ts'
import type { Subscribe } from './subscribe.ts'

export const subscribeSchema: z.ZodType<Subscribe> = z.strictObject({
  type: z.literal('subscribe'),
  id: idSchema,
  collection: nameSchema,
  method: z.enum(['find', 'aggregate', 'changes']).optional(),
  query: jsonSchema,
  after: positionSchema.optional(),
})
