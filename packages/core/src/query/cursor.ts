import { WherryError } from '../errors/wherry-error.ts'
import type { Json } from '../lib/json.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { decodeValue, encodeValue } from '../schema/codec.ts'
import type { OrderTerm } from './ast.ts'

/**
 * A keyset cursor: the last row's values in the order's terms, with the order's own text so that
 * a cursor from another query is noticed. Opaque to callers, and stable while the schema is.
 */
export function encodeCursor(
  collection: CollectionDefinition,
  order: readonly OrderTerm[],
  row: Row,
): string {
  const values = order.map(({ field }) => encodeValue(field, row[field.name]))
  return toBase64Url(JSON.stringify([signature(collection, order), ...values]))
}

/** The values of a cursor's row, one for each term. Throws InvalidCursor for any other text. */
export function decodeCursor(
  collection: CollectionDefinition,
  order: readonly OrderTerm[],
  cursor: unknown,
): readonly unknown[] {
  const parts = parse(cursor)
  if (parts === undefined || parts.length < 2 || typeof parts[0] !== 'string') {
    throw new WherryError(
      'InvalidCursor',
      "'after' is no cursor; pass the text that page() returned as 'next'",
    )
  }
  if (parts[0] !== signature(collection, order) || parts.length !== order.length + 1) {
    throw new WherryError(
      'InvalidCursor',
      "'after' comes from another query; keep the collection and orderBy of the first page",
    )
  }
  try {
    return order.map(({ field }, index) => {
      const value = decodeValue(field, parts[index + 1]!)
      if (value === null && !field.nullable) throw new Error(`'${field.name}' is never null`)
      return value
    })
  } catch (cause) {
    throw new WherryError('InvalidCursor', "'after' holds a value of another schema", {}, cause)
  }
}

function signature(collection: CollectionDefinition, order: readonly OrderTerm[]): string {
  const terms = order.map(({ field, descending }) => `${field.name}${descending ? '-' : '+'}`)
  return `${collection.name}:${terms.join('')}`
}

function parse(cursor: unknown): Json[] | undefined {
  if (typeof cursor !== 'string' || !/^[\w-]+$/.test(cursor)) return undefined
  try {
    const parts: unknown = JSON.parse(fromBase64Url(cursor))
    return Array.isArray(parts) ? parts : undefined
  } catch {
    return undefined
  }
}

function toBase64Url(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte))
  return btoa(binary.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
