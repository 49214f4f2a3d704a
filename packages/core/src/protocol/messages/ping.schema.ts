import { z } from 'zod'
import type { Ping } from './ping.ts'

export const pingSchema: z.ZodType<Ping> = z.strictObject({ type: z.literal('ping') })
