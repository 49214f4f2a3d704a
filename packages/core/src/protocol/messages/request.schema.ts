import { z } from 'zod'
import { readMethods } from '../../query/calls.ts'
import { argsSchema, idSchema, nameSchema, oneOf } from './parts.schema.ts'
import type { Request } from './request.ts'

export const requestSchema: z.ZodType<Request> = z.strictObject({
  type: z.literal('request'),
  id: idSchema,
  collection: nameSchema,
  method: oneOf(readMethods),
  args: argsSchema,
})
