import { z } from 'zod'
import type { ErrorMessage } from './error.ts'
import { codeSchema, idSchema, jsonSchema } from './parts.schema.ts'

export const errorSchema: z.ZodType<ErrorMessage> = z.strictObject({
  type: z.literal('error'),
  id: idSchema,
  code: codeSchema,
  message: z.string(),
  details: z.record(z.string(), jsonSchema).optional(),
})
