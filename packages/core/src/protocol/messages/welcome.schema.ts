import { z } from 'zod'
import type { SchemaDescriptor } from '../../schema/descriptor.ts'
import { jsonSchema } from './parts.schema.ts'
import type { Welcome } from './welcome.ts'

export const welcomeSchema: z.ZodType<Welcome> = z.strictObject({
  type: z.literal('welcome'),
  version: z.number(),
  source: z.string(),
  generation: z.string().optional(),
  schema: z.string(),
  descriptor: (jsonSchema as unknown as z.ZodType<SchemaDescriptor>).optional(),
})
