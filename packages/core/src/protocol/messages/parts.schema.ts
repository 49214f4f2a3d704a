import { z } from 'zod'
import type { ErrorCode } from '../../errors/codes.ts'
import type { Json } from '../../lib/json.ts'
import { maxArguments, maxNameLength } from '../limits.ts'

/** What several messages hold. */

export const idSchema: z.ZodType<number> = z.number().int().min(0)

export const nameSchema: z.ZodType<string> = z.string().max(maxNameLength)

/** JSON.parse made it, so it is JSON; what it means, and how deep it goes, is looked at later. */
export const jsonSchema: z.ZodType<Json> = z.unknown() as unknown as z.ZodType<Json>

export const argsSchema: z.ZodType<readonly Json[]> = z.array(jsonSchema).max(maxArguments)

export const channelSchema: z.ZodType<string> = z.string().max(100)

export const positionSchema: z.ZodType<string> = z.string().max(4_096)

/** Not a list of the codes: a new one is no change of the protocol. */
export const codeSchema: z.ZodType<ErrorCode> = z
  .string()
  .max(64) as unknown as z.ZodType<ErrorCode>

export const mutationIdSchema: z.ZodType<string> = z.string().regex(/^[!-~]{1,64}$/)

export function oneOf<T extends object>(methods: T): z.ZodType<keyof T & string> {
  return z.enum(Object.keys(methods) as (keyof T & string)[])
}
