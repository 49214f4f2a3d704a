import { z } from 'zod'
import { writeMethods } from '../../query/calls.ts'
import type { Mutate } from './mutate.ts'
import { argsSchema, idSchema, mutationIdSchema, nameSchema, oneOf } from './parts.schema.ts'

export const mutateSchema: z.ZodType<Mutate> = z.strictObject({
  type: z.literal('mutate'),
  id: idSchema,
  mutationId: mutationIdSchema,
  collection: nameSchema,
  method: oneOf(writeMethods),
  args: argsSchema,
})
