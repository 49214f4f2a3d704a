import type { FieldDefinition, ValueType } from '../../schema/definition.ts'
import { shorten } from './shorten.ts'

/** A kind with what decides which values it holds: 'decimal(5, 2)', 'array of text'. */
export function kindName({ kind, precision, scale, element }: ValueType): string {
  if (kind === 'array') return `array of ${kindName(element!)}`
  return kind === 'decimal' ? `decimal(${precision}, ${scale})` : kind
}

/**
 * The name of the CHECK that keeps a column within its kind. It says what the column type does not,
 * such as the scale of a decimal, so that a schema which reads the column otherwise is noticed.
 * Servers cut names at 63 characters, so long ones are shortened in front.
 */
export function checkName(
  { column, ...type }: FieldDefinition,
  longest: number = Infinity,
): string {
  const name = `${column}: ${kindName(type)}`
  if (name.length <= longest) return name
  return `${shorten(column, 32)}: ${kindName(type)}`
}

/** The kind that a CHECK names; undefined where it is another's. */
export function kindOfCheck(name: string): string | undefined {
  return /^\w+: ([a-z0-9(), ]+)$/.exec(name)?.[1]
}
