import type { WherryError } from '../errors/wherry-error.ts'
import type { CollectionDefinition, FieldDefinition, IndexDefinition, Kind } from './definition.ts'
import { maxIndexedLength } from './kinds.ts'
import { invalidSchema } from './naming.ts'
import type { CollectionSpec } from './spec.ts'

/** A collection whose fields are known, and nothing else yet. */
export type Fields = Pick<CollectionDefinition, 'name' | 'fields' | 'fieldList'>

/** What `.key()` named, or the one `t.id()` field. */
export function keyNames(collection: string, spec: CollectionSpec): readonly string[] {
  if (spec.key !== undefined) {
    if (spec.key.length > 0) return spec.key
    throw invalidSchema(`.key() of '${collection}' names no field`, collection)
  }
  const ids = Array.from(spec.fields).filter(([, field]) => field.source === 't.id()')
  if (ids.length === 1) return [ids[0]![0]]
  throw invalidSchema(
    ids.length === 0
      ? `'${collection}' has no key; add id: t.id(), or name its key with .key('…')`
      : `'${collection}' has several t.id() fields; name its key with .key('${ids[0]![0]}')`,
    collection,
  )
}

export const keyKinds: ReadonlySet<Kind> = new Set([
  'id',
  'text',
  'int',
  'bigint',
  'decimal',
  'timestamp',
  'date',
  'enum',
])

export function resolveKey(
  collection: Fields,
  names: readonly string[],
): readonly FieldDefinition[] {
  const key = indexedFields(collection, 'key', names)
  for (const { name, kind, nullable, managed } of key) {
    const fault = nullable
      ? 'it may be null; remove .nullable()'
      : !keyKinds.has(kind)
        ? `a key is never of kind ${kind}; use one of ${list(keyKinds)}`
        : managed === 'updatedAt' || managed === 'version'
          ? 'it changes with every update, and a key never does; use another field'
          : undefined
    if (fault !== undefined) {
      throw invalidSchema(
        `'${name}' cannot be in the key of '${collection.name}': ${fault}`,
        collection.name,
        [name],
      )
    }
  }
  return key
}

export function resolveIndexes(
  collection: Fields,
  spec: CollectionSpec,
): readonly IndexDefinition[] {
  const seen = new Set<string>()
  return Object.freeze(
    spec.indexes.map(({ names, unique }) => {
      const fields = indexedFields(collection, unique ? 'unique' : 'index', names)
      const text = names.join(', ')
      if (seen.has(text)) {
        throw invalidSchema(
          `'${collection.name}' has two indexes of (${text}); keep one (.unique() also finds rows)`,
          collection.name,
          [...names],
        )
      }
      seen.add(text)
      return Object.freeze({ fields, unique })
    }),
  )
}

function indexedFields(
  collection: Fields,
  method: 'key' | 'index' | 'unique',
  names: readonly string[],
): readonly FieldDefinition[] {
  const place = `.${method}() of '${collection.name}'`
  if (names.length === 0) throw invalidSchema(`${place} names no field`, collection.name)
  if (new Set(names).size < names.length) {
    throw invalidSchema(`${place} names a field twice`, collection.name, [...names])
  }
  return Object.freeze(
    names.map((name) => {
      const field = collection.fields.get(name)
      if (field === undefined) {
        throw unknownField(collection.name, method, name, collection.fields.keys())
      }
      const fault = indexFault(field)
      if (fault !== undefined) {
        throw invalidSchema(`${place} cannot take '${name}': ${fault}`, collection.name, [name])
      }
      return field
    }),
  )
}

function indexFault({ kind, maxLength }: FieldDefinition): string | undefined {
  if (kind === 'json' || kind === 'array' || kind === 'bytes') {
    return `a field of kind ${kind} has no order that all engines share; use a scalar field`
  }
  if (kind !== 'text' || (maxLength !== undefined && maxLength <= maxIndexedLength))
    return undefined
  return (
    `not every engine indexes texts of more than ${maxIndexedLength} characters; ` +
    `declare it as t.text({ maxLength: ${maxIndexedLength} }) or shorter`
  )
}

export function unknownField(
  collection: string,
  method: string,
  name: string,
  known: Iterable<string>,
): WherryError {
  return invalidSchema(
    `.${method}() of '${collection}' names '${name}', which is no field of it; it has ${list(known)}`,
    collection,
    [name],
  )
}

export function list(names: Iterable<string>): string {
  return Array.from(names).join(', ')
}
