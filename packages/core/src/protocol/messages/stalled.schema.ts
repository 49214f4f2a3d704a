import { z } from 'zod'
import { channelSchema, codeSchema } from './parts.schema.ts'
import type { Stalled } from './stalled.ts'

export const stalledSchema: z.ZodType<Stalled> = z.strictObject({
  type: z.literal('stalled'),
  channel: channelSchema,
  code: codeSchema,
  message: z.string(),
})
