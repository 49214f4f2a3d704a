import type { Change } from '../contract/change-log.ts'
import { identityOf } from '../query/evaluate.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'

/** Names what no two rows of a collection have in common: the key first, then the unique indexes. */
export function uniqueValues(collection: CollectionDefinition): (row: Row) => string[] {
  const indexes = collection.indexes.filter(({ unique }) => unique)
  const unique = [collection.key, ...indexes.map(({ fields }) => fields)]
  return (row) => {
    const values: string[] = []
    unique.forEach((fields, index) => {
      const value = identityOf(fields, row)
      if (value !== undefined) values.push(`${index} ${value}`)
    })
    return values
  }
}

/**
 * Whether a change has given a row a key or a unique value that it had not. Where a log hides what
 * OR REPLACE takes away, the holder until then may be gone. No mutation of the service's does that.
 */
export function takesValues(
  { old, row, mutationId }: Change,
  valuesOf: (row: Row) => string[],
): boolean {
  if (row === null || mutationId !== null) return false
  if (old === null) return true
  const before = valuesOf(old)
  return valuesOf(row).some((value) => !before.includes(value))
}
