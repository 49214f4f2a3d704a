import { WherryError } from '../errors/wherry-error.ts'
import type { CollectionDefinition, FieldDefinition, RelationDefinition } from './definition.ts'
import type { CollectionDescriptor, RelationDescriptor, SchemaDescriptor } from './descriptor.ts'

/** The collections of a descriptor, as far as a client has to know them: no indexes, no defaults. */
export function fromDescriptor(
  descriptor: SchemaDescriptor,
): ReadonlyMap<string, CollectionDefinition> {
  try {
    return readCollections(descriptor)
  } catch (cause) {
    const message = 'This is no descriptor, as descriptor() makes it'
    throw new WherryError('InvalidSchema', message, {}, cause)
  }
}

/** Throws whatever comes of what is no descriptor. */
function readCollections(descriptor: SchemaDescriptor): Map<string, CollectionDefinition> {
  const relations = new Map<string, Map<string, RelationDefinition>>()
  const collections = new Map<string, CollectionDefinition>()
  for (const [name, collection] of Object.entries(descriptor.collections)) {
    const own = new Map<string, RelationDefinition>()
    relations.set(name, own)
    collections.set(name, readCollection(name, collection, own))
  }
  for (const [from, collection] of Object.entries(descriptor.collections)) {
    for (const [name, relation] of Object.entries(collection.relations ?? {})) {
      relations.get(from)!.set(name, readRelation(collections, from, name, relation))
    }
  }
  return collections
}

function readRelation(
  collections: ReadonlyMap<string, CollectionDefinition>,
  from: string,
  name: string,
  { kind, to, field, through }: RelationDescriptor,
): RelationDefinition {
  const fieldOf = (holder: string, of: string) => collections.get(holder)!.fields.get(of)!
  const holder = through?.collection ?? (kind === 'belongsTo' ? from : to)
  const relation = { name, kind, to: collections.get(to)!, field: fieldOf(holder, field) }
  if (through === undefined) return relation
  const toField = fieldOf(through.collection, through.toField)
  return { ...relation, through: { collection: collections.get(through.collection)!, toField } }
}

function readCollection(
  name: string,
  descriptor: CollectionDescriptor,
  relations: CollectionDefinition['relations'],
): CollectionDefinition {
  const fieldList = Object.entries(descriptor.fields).map(
    ([field, { nullable = false, ...type }]): FieldDefinition => ({
      ...type,
      name: field,
      column: field,
      nullable,
    }),
  )
  const fields = new Map(fieldList.map((field) => [field.name, field]))
  const version = fieldList.find(({ managed }) => managed === 'version')
  const key = descriptor.key.map((field) => fields.get(field)!)
  const collection = { name, table: name, fields, fieldList, key, indexes: [], relations }
  return version === undefined ? collection : { ...collection, version }
}
