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
