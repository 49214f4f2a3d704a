import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'

/** Named fields to filter and order by: a collection, or the result of an aggregate. */
export interface Shape {
  /** The collection's name. */
  readonly name: string
  /** What has the fields, for messages; the collection itself when absent. */
  readonly title?: string
  readonly fields: ReadonlyMap<string, FieldDefinition>
}

export function unknownField(shape: Shape, name: string): WherryError {
  const known = Array.from(shape.fields.keys()).join(', ')
  return new WherryError(
    'UnknownField',
    `${shape.title ?? `'${shape.name}'`} has no field ${JSON.stringify(name)}; it has ${known}`,
    { collection: shape.name, fields: [name] },
  )
}

export function unknownRelation(
  { name: collection, relations }: CollectionDefinition,
  name: string,
): WherryError {
  const known =
    Array.from(relations.keys()).join(', ') || 'none; defineSchema(…).relations(…) adds some'
  return new WherryError(
    'UnknownRelation',
    `'${collection}' has no relation ${JSON.stringify(name)}; it has ${known}`,
    { collection, fields: [name] },
  )
}

/** Each relation that a query includes is asked for by a query of its own, or by two. */
export const maxIncludes = 20
/** How many relations a query may follow one after another. */
export const maxIncludeDepth = 5

export function tooManyIncludes(): WherryError {
  return new WherryError(
    'QueryTooComplex',
    `A query includes at most ${maxIncludes} relations in all, and follows at most ` +
      `${maxIncludeDepth} one after another; ask for the rest by queries of their own`,
  )
}

export function invalid(message: string): WherryError {
  return new WherryError('InvalidQuery', message)
}

/** Refuses what is not an object, keys that mean nothing, and keys that are there but undefined. */
export function checkKeys(what: string, value: unknown, allowed: ReadonlySet<string>): void {
  // A Map or a Date has no keys to look at: its conditions would be lost.
  if (!isPlainObject(value)) throw invalid(`${what} must be a plain object, ${got(value)}`)
  for (const key of Object.keys(value)) {
    if (!allowed.has(key)) {
      throw invalid(
        `${what} has no ${JSON.stringify(key)}; it may have ${Array.from(allowed).join(', ')}`,
      )
    }
    if (value[key] === undefined) throw undefinedKey(what, key)
  }
}

export function undefinedKey(what: string, key: string): WherryError {
  const advice =
    key === 'where' ? '{} spells out every row' : 'give it a value, or leave it out if it may be'
  return invalid(`'${key}' in ${what} is undefined; ${advice}`)
}

export function nameList(what: string, names: unknown): string[] {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw invalid(`'${what}' is an array of field names, ${got(names)}`)
  }
  if (new Set(names).size < names.length) {
    throw invalid(`'${what}' names a field twice`)
  }
  return names as string[]
}

export function wholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value + 0
  throw invalid(`'${name}' must be a whole number of 0 or more, ${got(value)}`)
}
