import { callMethods, encodeArguments } from '@wherry/core/query'
import { canonicalJson, type CollectionDefinition, type Json } from '@wherry/core/schema'
import { collectionOf, type Collections } from '../lib/schema.ts'

/** A query as a subscriber asks it. */
export interface Wish {
  readonly collection: string
  readonly query: unknown
}

/** A query that fits the schema, as far as can be told here. */
export interface PreparedQuery {
  readonly wish: Wish
  readonly collection: CollectionDefinition
  /** As it is sent. */
  readonly json: Json
  /** The same for all who ask the same. */
  readonly form: string
}

/** Throws what is wrong with the query; the rest of it the server will tell. */
export function prepare(collections: Collections, wish: Wish): PreparedQuery {
  const collection = collectionOf(collections, wish.collection)
  const [encoded] = callMethods.find.args(encodeArguments, collection, [wish.query])
  const json = (encoded === undefined ? {} : encoded) as Json
  return { wish, collection, json, form: `${wish.collection} ${canonicalJson(json)}` }
}
