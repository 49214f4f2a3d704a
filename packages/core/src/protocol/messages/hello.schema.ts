import { z } from 'zod'
import type { Hello } from './hello.ts'

export const helloSchema: z.ZodType<Hello> = z.strictObject({
  type: z.literal('hello'),
  version: z.number(),
  schema: z.string().max(64).optional(),
})
