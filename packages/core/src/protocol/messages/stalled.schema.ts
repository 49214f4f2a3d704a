import { z } from 'zod'
import { errorCodes } from '../../errors/codes.ts'
import { channelSchema, oneOf } from './parts.schema.ts'
import type { Stalled } from './stalled.ts'

export const stalledSchema: z.ZodType<Stalled> = z.strictObject({
  type: z.literal('stalled'),
  channel: channelSchema,
  code: oneOf(errorCodes),
  message: z.string(),
})
