import type { AnySchema } from '@wherry/core/schema'
import * as kinds from './kinds.ts'
import * as relations from './relations.ts'
import * as stages from './stages.ts'

export type SchemaName = keyof typeof kinds | keyof typeof relations | keyof typeof stages

/** The schemas that scenarios run on, by name. */
export const schemas: Readonly<Record<SchemaName, AnySchema>> = {
  ...kinds,
  ...relations,
  ...stages,
}
