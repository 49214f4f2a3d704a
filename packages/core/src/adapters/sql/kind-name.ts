import type { FieldDefinition, Kind, ValueType } from '../../schema/definition.ts'
import { shorten } from './shorten.ts'

/** A kind with what decides which values it holds: 'decimal(5, 2)', 'array of text'. */
export function kindName({ kind, precision, scale, element }: ValueType): string {
  if (kind === 'array') return `array of ${kindName(element!)}`
  return kind === 'decimal' ? `decimal(${precision}, ${scale})` : kind
}

/** The type that has such a name. An enum is a text: only the schema knows its values. */
export function typeOfKind(name: string): ValueType {
  const [, element] = /^array of (.+)$/.exec(name) ?? []
  if (element !== undefined) return { kind: 'array', element: typeOfKind(element) }
  const [, precision, scale] = /^decimal\((\d+), (\d+)\)$/.exec(name) ?? []
  if (precision === undefined) return { kind: name === 'enum' ? 'text' : (name as Kind) }
  return { kind: 'decimal', precision: Number(precision), scale: Number(scale) }
}

/** Whether what was made for the kind of this name holds a type: a text is one, whatever its values. */
export function isKindOf(name: string, type: ValueType): boolean {
  return asText(name) === asText(kindName(type))
}

function asText(name: string): string {
  return name.replace(/\b(id|enum)$/, 'text')
}

/** What a column's CHECK or comment says of it: its kind, and what the service writes there. */
export function kindLabel({
  managed,
  ...type
}: ValueType & Pick<FieldDefinition, 'managed'>): string {
  return managed === undefined ? kindName(type) : `${kindName(type)} (${managed})`
}

export interface KindLabel {
  readonly kind: string
  readonly managed?: NonNullable<FieldDefinition['managed']>
}

/** Reads what `kindLabel` has written; undefined where it is another's. */
export function readLabel(label: string): KindLabel | undefined {
  const [, kind, managed] = labelForm.exec(label) ?? []
  if (kind === undefined) return undefined
  return { kind, ...(managed !== undefined && { managed: managed as 'version' }) }
}

const labelForm =
  /^((?:array of )?(?:id|text|enum|int|bigint|float|boolean|timestamp|date|bytes|json|array|decimal\(\d+, \d+\)))(?: \((createdAt|updatedAt|version)\))?$/

/**
 * The name of the CHECK that keeps a column within its kind. It says what the column type does not,
 * such as the scale of a decimal, so that a schema which reads the column otherwise is noticed.
 * Servers cut names at 63 characters, so long ones are shortened in front.
 */
export function checkName(
  { column, ...field }: FieldDefinition,
  longest: number = Infinity,
): string {
  const name = `${column}: ${kindLabel(field)}`
  if (name.length <= longest) return name
  return `${shorten(column, 32)}: ${kindLabel(field)}`
}

/** Whether a CHECK is a field's, also where the schema says otherwise now who writes the field. */
export function isCheckOf(field: FieldDefinition, name: string, longest?: number): boolean {
  return withoutWriter(name) === withoutWriter(checkName(field, longest))
}

function withoutWriter(name: string): string {
  return name.replace(/ \(\w+\)$/, '')
}

/** What the name of a CHECK says of its column; undefined where it is another's. */
export function labelOfCheck(name: string): KindLabel | undefined {
  const [, label] = /^\w+: (.+)$/.exec(name) ?? []
  return label === undefined ? undefined : readLabel(label)
}
