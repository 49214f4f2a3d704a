import { z } from 'zod'
import { errorCodes } from '../../errors/codes.ts'
import type { ErrorMessage } from './error.ts'
import { idSchema, jsonSchema, oneOf } from './parts.schema.ts'

export const errorSchema: z.ZodType<ErrorMessage> = z.strictObject({
  type: z.literal('error'),
  id: idSchema,
  code: oneOf(errorCodes),
  message: z.string(),
  details: z.record(z.string(), jsonSchema).optional(),
})
