import type {
  FieldDefinition,
  Kind,
  RelationDefinition,
  SchemaDefinition,
  ValueType,
} from './definition.ts'

/**
 * The schema as JSON, for a client: names, kinds and relations, and nothing of the database or of
 * the host's checks. What is false or not there is left out.
 */
export interface SchemaDescriptor {
  /** Equal for equal schemas; also changes with what the descriptor does not show. */
  readonly hash: string
  readonly collections: { readonly [collection: string]: CollectionDescriptor }
}

export interface CollectionDescriptor {
  /** In the order of the schema, which is the order of a row's fields. */
  readonly fields: { readonly [field: string]: FieldDescriptor }
  readonly key: readonly string[]
  readonly relations?: { readonly [relation: string]: RelationDescriptor }
}

export interface ValueTypeDescriptor {
  readonly kind: Kind
  readonly maxLength?: number
  readonly precision?: number
  readonly scale?: number
  readonly values?: readonly string[]
  readonly element?: ValueTypeDescriptor
}

export interface FieldDescriptor extends ValueTypeDescriptor {
  readonly nullable?: true
  readonly ref?: string
  /** An insert may leave it out: the service has a value for it. */
  readonly hasDefault?: true
  readonly managed?: 'createdAt' | 'updatedAt' | 'version'
}

export interface RelationDescriptor {
  readonly kind: RelationDefinition['kind']
  readonly to: string
  readonly field: string
  readonly through?: { readonly collection: string; readonly toField: string }
}

/** The descriptor of a schema: plain data, ready for `JSON.stringify`. */
export function descriptor(schema: { readonly definition: SchemaDefinition }): SchemaDescriptor {
  const { hash, collections } = schema.definition
  return { hash, collections: describeCollections(collections) }
}

export function describeCollections(
  collections: SchemaDefinition['collections'],
): SchemaDescriptor['collections'] {
  return mapEntries(collections, ({ fields, key, relations }) => ({
    fields: mapEntries(fields, describeField),
    key: key.map(({ name }) => name),
    ...(relations.size > 0 && { relations: mapEntries(relations, describeRelation) }),
  }))
}

function describeRelation({ kind, to, field, through }: RelationDefinition): RelationDescriptor {
  return {
    kind,
    to: to.name,
    field: field.name,
    ...(through !== undefined && {
      through: { collection: through.collection.name, toField: through.toField.name },
    }),
  }
}

function describeField(field: FieldDefinition): FieldDescriptor {
  const { nullable, ref, managed } = field
  return {
    ...describeType(field),
    ...(nullable && { nullable: true }),
    ...(ref !== undefined && { ref }),
    ...((field.defaultValue !== undefined || isGenerated(field)) && { hasDefault: true }),
    ...(managed !== undefined && { managed }),
  }
}

function describeType(type: ValueType): ValueTypeDescriptor {
  const { kind, maxLength, precision, scale, values, element } = type
  return {
    kind,
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    ...(values !== undefined && { values: [...values] }),
    ...(element !== undefined && { element: describeType(element) }),
  }
}

/** Whether the service makes an id for a row that is inserted without this field. */
function isGenerated({ kind, ref }: FieldDefinition): boolean {
  return kind === 'id' && ref === undefined
}

function mapEntries<V, W>(
  map: ReadonlyMap<string, V>,
  describe: (value: V) => W,
): { [name: string]: W } {
  const result: { [name: string]: W } = {}
  for (const [name, value] of map) result[name] = describe(value)
  return result
}
