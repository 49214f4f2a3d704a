import { WherryError } from '@wherry/core'
import type { CollectionDefinition } from '@wherry/core/schema'

/** The collections that the server has told of, by their names. */
export type Collections = ReadonlyMap<string, CollectionDefinition>

export function collectionOf(collections: Collections, name: string): CollectionDefinition {
  const collection = collections.get(name)
  if (collection !== undefined) return collection
  throw new WherryError(
    'UnknownCollection',
    `There is no collection ${JSON.stringify(name)}; there are ${Array.from(collections.keys()).join(', ')}`,
  )
}
