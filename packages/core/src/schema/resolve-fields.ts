import { isWherryError } from '../errors/wherry-error.ts'
import { acceptField } from './accept.ts'
import type { FieldDefinition, ValueType } from './definition.ts'
import { kinds } from './kinds.ts'
import { checkDatabaseName, checkMemberName, invalidSchema } from './naming.ts'
import { keyNames, list, unknownField } from './resolve-indexes.ts'
import type { CollectionSpec, FieldSpec } from './spec.ts'

type Specs = ReadonlyMap<string, CollectionSpec>
type Naming = (name: string) => string

/** The fields of a collection under their names, with the types of what they refer to. */
export function resolveFields(
  specs: Specs,
  collection: string,
  spec: CollectionSpec,
  naming: Naming,
): ReadonlyMap<string, FieldDefinition> {
  const fields = new Map<string, FieldDefinition>()
  const columns = new Map<string, string>()
  for (const [name, fieldSpec] of spec.fields) {
    checkMemberName('field', collection, name)
    const field = resolveField(specs, collection, name, fieldSpec, naming)
    const other = columns.get(field.column.toLowerCase())
    if (other !== undefined) {
      throw invalidSchema(
        `'${other}' and '${name}' of '${collection}' are both the column '${field.column}'; ` +
          "give one of them another with .column('…')",
        collection,
        [other, name],
      )
    }
    columns.set(field.column.toLowerCase(), name)
    fields.set(name, field)
  }
  return fields
}

function resolveField(
  specs: Specs,
  collection: string,
  name: string,
  spec: FieldSpec,
  naming: Naming,
): FieldDefinition {
  const column = spec.column ?? naming(name)
  checkDatabaseName(`The column of '${name}' in '${collection}'`, column)
  const type = spec.ref === undefined ? valueType(spec) : refType(specs, collection, name, spec.ref)
  const field: FieldDefinition = {
    name,
    column,
    ...type,
    nullable: spec.nullable,
    ...(spec.ref !== undefined && { ref: spec.ref }),
    ...(spec.managed !== undefined && { managed: spec.managed }),
    ...(spec.check !== undefined && { check: spec.check }),
  }
  return Object.freeze({ ...field, ...resolveDefault(collection, field, spec) })
}

function valueType(spec: ValueType): ValueType {
  const { kind, maxLength, precision, scale, values, element } = spec
  return {
    kind,
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    ...(values !== undefined && { values }),
    ...(element !== undefined && { element: Object.freeze(valueType(element)) }),
  }
}

/** A reference has the type of the key it holds, which may itself be a reference. */
function refType(specs: Specs, collection: string, name: string, ref: string): ValueType {
  const place = `'${name}' of '${collection}'`
  const visited = new Set<string>()
  let target = ref
  for (;;) {
    const spec = specs.get(target)
    if (spec === undefined) {
      throw invalidSchema(
        `${place} refers to '${target}', which is no collection; there are ${list(specs.keys())}`,
        collection,
        [name],
      )
    }
    const [keyName, ...others] = keyNames(target, spec)
    const key = spec.fields.get(keyName!)
    if (key === undefined) throw unknownField(target, 'key', keyName!, spec.fields.keys())
    if (others.length > 0 || (key.kind !== 'id' && key.kind !== 'text')) {
      throw invalidSchema(
        `${place} cannot refer to '${target}': t.ref() needs a key of one field made by t.id() or ` +
          't.text(); give it such a key, or hold its key in fields of your own',
        collection,
        [name],
      )
    }
    if (key.ref === undefined) return valueType(key)
    if (visited.has(target)) {
      throw invalidSchema(
        `${place} refers to keys that refer to each other in a circle (${list(visited)}); ` +
          'give one of them a t.id()',
        collection,
        [name],
      )
    }
    visited.add(target)
    target = key.ref
  }
}

function resolveDefault(collection: string, field: FieldDefinition, spec: FieldSpec) {
  const { initial } = spec
  if (initial === undefined) return {}
  if ('make' in initial) return { defaultValue: initial.make }
  let constant: unknown
  try {
    constant = acceptField(field, initial.value, collection)
  } catch (error) {
    if (!isWherryError(error)) throw error
    throw invalidSchema(`The default of ${error.message} (in '${collection}')`, collection, [
      field.name,
    ])
  }
  const copy = constant === null ? undefined : kinds[field.kind].copy
  const defaultValue = copy === undefined ? () => constant : () => copy(constant as never)
  return { constantDefault: constant, defaultValue }
}
