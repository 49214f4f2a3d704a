import { z } from 'zod'
import type { Answer } from './answer.ts'
import { idSchema, jsonSchema } from './parts.schema.ts'

export const answerSchema: z.ZodType<Answer> = z.strictObject({
  type: z.literal('answer'),
  id: idSchema,
  value: jsonSchema,
  asOf: z.number().optional(),
})
