import { z } from 'zod'
import { idSchema } from './parts.schema.ts'
import type { Reset } from './reset.ts'

export const resetSchema: z.ZodType<Reset> = z.strictObject({
  type: z.literal('reset'),
  id: idSchema,
  reason: z.enum(['PositionLost', 'Windowed', 'Slow']),
})
