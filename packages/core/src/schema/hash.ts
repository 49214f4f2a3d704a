import { canonicalJson, type Json } from '../lib/json.ts'
import { encodeValue } from './codec.ts'
import type { CollectionDefinition, SchemaDefinition } from './definition.ts'
import { describeCollections } from './descriptor.ts'

/**
 * A name for the schema, 16 hexadecimal digits, of everything that clients and databases see of it:
 * the descriptor, tables, columns, indexes and constant defaults. Checks and default functions are
 * code and do not count, nor does the order of fields. It tells versions apart and protects
 * nothing, so a hash that every runtime computes at once is enough.
 */
export function hashOf(collections: SchemaDefinition['collections']): string {
  const storage = Array.from(collections.values(), describeStorage)
  const shape = { descriptor: describeCollections(collections), storage: sortByName(storage) }
  return hashText(canonicalJson(shape as unknown as Json))
}

function describeStorage({ name, table, fieldList, indexes }: CollectionDefinition) {
  return {
    name,
    table,
    columns: sortByName(
      fieldList.map((field) => ({
        name: field.name,
        column: field.column,
        ...(field.constantDefault !== undefined && {
          default: encodeValue(field, field.constantDefault),
        }),
      })),
    ),
    indexes: sortByName(
      indexes.map((index) => ({
        name: index.fields.map((field) => field.name).join(','),
        unique: index.unique,
      })),
    ),
  }
}

function sortByName<T extends { readonly name: string }>(items: T[]): T[] {
  return items.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** FNV-1a over UTF-16 units in two lanes with different starts, each mixed until all bits depend. */
export function hashText(text: string): string {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x85ebca6b) + i
  }
  return [mix(a), mix(b ^ a)].map((lane) => lane.toString(16).padStart(8, '0')).join('')
}

function mix(lane: number): number {
  let x = lane
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}
