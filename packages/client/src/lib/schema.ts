import type { CollectionDefinition } from '@wherry/core/schema'

/** The collections that the server has told of, by their names. */
export type Collections = ReadonlyMap<string, CollectionDefinition>
