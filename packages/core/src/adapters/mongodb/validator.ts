import type { CollectionDefinition, FieldDefinition, ValueType } from '../../schema/definition.ts'
import type { CatalogColumn } from '../sql/ensure.ts'
import { kindLabel, readLabel } from '../sql/kind-name.ts'
import { typesOf } from './bson-types.ts'

/** The part of the server's JSON Schema that is written or read here. */
export interface JsonSchema {
  readonly title?: string
  readonly description?: string
  readonly bsonType?: string | readonly string[]
  readonly type?: string | readonly string[]
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly items?: JsonSchema
}

/** Stands in validators that Wherry makes. They name all fields; those of others need not. */
const title = 'Wherry'

/**
 * What the documents of a collection have to be. It describes each field by its kind and by what the
 * service writes there, which values alone do not tell; and the key by its name, which is `_id` in
 * documents.
 */
export function makeValidator({ key, fieldList }: CollectionDefinition): JsonSchema {
  const empty: JsonSchema = {
    title,
    bsonType: 'object',
    required: ['_id'],
    properties: {
      _id:
        key.length === 1
          ? { title: key[0]!.column, ...describe(key[0]!) }
          : withFields({ bsonType: 'object' }, key),
    },
  }
  const others = fieldList.filter((field) => !key.includes(field))
  return withFields(empty, others)
}

export function withFields(to: JsonSchema, fields: readonly FieldDefinition[]): JsonSchema {
  const required = fields.flatMap(({ column, nullable }) => (nullable ? [] : [column]))
  const described = fields.map((field) => [field.column, describe(field)] as const)
  return {
    ...to,
    required: [...new Set([...(to.required ?? []), ...required])],
    properties: { ...to.properties, ...Object.fromEntries(described) },
  }
}

function describe(field: FieldDefinition): JsonSchema {
  return { ...typed(field), description: kindLabel(field) }
}

function typed(type: ValueType): JsonSchema {
  const bsonType = typesOf(type)
  return {
    ...(bsonType !== undefined && { bsonType }),
    ...(type.element !== undefined && { items: typed(type.element) }),
  }
}

/** The fields of a collection in the words of tables. */
export interface Declaration {
  readonly primaryKey: readonly string[]
  readonly columns: ReadonlyMap<string, CatalogColumn>
}

/** What a validator of Wherry's says; undefined where it is another's, or missing. */
export function readDeclaration(validator: JsonSchema | undefined): Declaration | undefined {
  if (validator?.title !== title) return undefined
  const { _id: key = {}, ...others } = validator.properties ?? {}
  const keyColumns =
    key.title === undefined
      ? declaredColumns(key)
      : declaredColumns({ properties: { [key.title]: key }, required: [key.title] })
  const required = validator.required?.filter((name) => name !== '_id') ?? []
  return {
    primaryKey: [...keyColumns.keys()],
    columns: new Map([...keyColumns, ...declaredColumns({ properties: others, required })]),
  }
}

function declaredColumns(schema: JsonSchema): Map<string, CatalogColumn> {
  const labelled = Array.from(readColumns(schema), ([name, column]) => {
    return [
      name,
      { ...column, ...readLabel(schema.properties?.[name]?.description ?? '') },
    ] as const
  })
  return new Map(labelled)
}

/** The fields that a validator tells of; anybody's. */
export function readColumns({
  properties = {},
  required = [],
}: JsonSchema): Map<string, CatalogColumn> {
  const names = new Set([...Object.keys(properties), ...required])
  return new Map(
    Array.from(names, (name): [string, CatalogColumn] => {
      const isRequired = required.includes(name)
      const type = allowedTypes(properties[name] ?? {}).join(' | ')
      // MongoDB has no defaults, but takes documents without what is not required.
      return [name, { type, nullable: !isRequired, hasDefault: !isRequired }]
    }),
  )
}

/** By the names of `bsonType`; none where the validator does not say. */
function allowedTypes({ bsonType, type = [] }: JsonSchema): string[] {
  return [bsonType ?? type].flat().flatMap((name: string) => typeGroups[name] ?? name)
}

const typeGroups: Readonly<Record<string, readonly string[]>> = {
  boolean: ['bool'],
  number: ['int', 'long', 'double', 'decimal'],
}
