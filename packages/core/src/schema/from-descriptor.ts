import type { CollectionDefinition, FieldDefinition } from './definition.ts'
import type { CollectionDescriptor, SchemaDescriptor } from './descriptor.ts'

/** The collections of a descriptor, as far as a client has to know them: no indexes, no defaults. */
export function fromDescriptor(
  descriptor: SchemaDescriptor,
): ReadonlyMap<string, CollectionDefinition> {
  return new Map(
    Object.entries(descriptor.collections).map(([name, collection]) => [
      name,
      readCollection(name, collection),
    ]),
  )
}

function readCollection(name: string, descriptor: CollectionDescriptor): CollectionDefinition {
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
  const collection = { name, table: name, fields, fieldList, key, indexes: [] }
  return version === undefined ? collection : { ...collection, version }
}
