import { z } from 'zod'
import { jsonSchema } from './parts.schema.ts'
import type { WireChange } from './wire-change.ts'

export const changeSchema: z.ZodType<WireChange> = z.union([
  z.tuple([z.literal('put'), jsonSchema]),
  z.tuple([z.literal('remove'), z.array(jsonSchema)]),
  z.tuple([z.literal('all'), z.array(jsonSchema)]),
  z.tuple([z.enum(['created', 'deleted']), jsonSchema]),
  z.tuple([z.literal('updated'), jsonSchema, z.record(z.string(), jsonSchema)]),
])
