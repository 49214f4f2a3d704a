import { z } from 'zod'
import { idSchema } from './parts.schema.ts'
import type { Unsubscribe } from './unsubscribe.ts'

export const unsubscribeSchema: z.ZodType<Unsubscribe> = z.strictObject({
  type: z.literal('unsubscribe'),
  id: idSchema,
})
