import type { Assignment } from '../query/ast.ts'
import { copyRow, copyValue } from '../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import { decimalToScaled, scaledToDecimal } from '../schema/decimal.ts'
import { kinds } from '../schema/kinds.ts'
import { Misfit } from '../schema/misfit.ts'
import { outOfRange } from './violations.ts'

/** A copy of the row with what an update sets in it. Throws OutOfRange. */
export function applyChanges(
  collection: CollectionDefinition,
  row: Row,
  set: readonly Assignment[],
): Row {
  const changed = copyRow(collection.fieldList, row)
  for (const { field, operation, value } of set) {
    changed[field.name] =
      operation === 'set' ? copyValue(field, value) : increment(field, row[field.name], value)
    if (changed[field.name] === undefined) throw outOfRange(collection, field)
  }
  return changed
}

/** The value after adding `difference`; null stays null; undefined where the kind's range ends. */
function increment(field: FieldDefinition, value: unknown, difference: unknown): unknown {
  if (value === null) return null
  try {
    return kinds[field.kind].accept(add(field, value, difference), field)
  } catch (error) {
    if (error instanceof Misfit) return undefined
    throw error
  }
}

function add(field: FieldDefinition, a: unknown, b: unknown): unknown {
  switch (field.kind) {
    case 'bigint':
      return (a as bigint) + (b as bigint)
    case 'decimal': {
      const sum = decimalToScaled(a as string) + decimalToScaled(b as string)
      return scaledToDecimal(sum, field.scale ?? 0)
    }
    default:
      return (a as number) + (b as number)
  }
}
