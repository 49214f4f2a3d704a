import { z } from 'zod'
import type { Pong } from './pong.ts'

export const pongSchema: z.ZodType<Pong> = z.strictObject({ type: z.literal('pong') })
