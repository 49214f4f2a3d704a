import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import type { CollectionDefinition } from './definition.ts'

/** The collection of a name that comes from outside, which may be no name at all. */
export function collectionOf(
  collections: ReadonlyMap<string, CollectionDefinition>,
  name: string,
): CollectionDefinition {
  const collection = collections.get(name)
  if (collection !== undefined) return collection
  const known = Array.from(collections.keys()).join(', ')
  throw new WherryError(
    'UnknownCollection',
    `The schema has no such collection, ${got(name)}; it has ${known}`,
  )
}
