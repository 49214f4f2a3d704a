import { acceptField } from './accept.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Kind,
  ValueType,
} from './definition.ts'
import { kinds, maxIndexedLength } from './kinds.ts'
import { checkDatabaseName, checkMemberName, checkTableName, invalidSchema } from './naming.ts'
import type { CollectionSpec, FieldSpec } from './spec.ts'

type Specs = ReadonlyMap<string, CollectionSpec>
type Naming = (name: string) => string

/** Puts names, references and defaults of one collection in place, and checks all of it. */
export function resolveCollection(
  specs: Specs,
  name: string,
  spec: CollectionSpec,
  naming: Naming,
): CollectionDefinition {
  const table = spec.table ?? naming(name)
  checkTableName(`The table of '${name}'`, table)
  if (table.toLowerCase().startsWith('wherry_')) {
    throw invalidSchema(
      `The table of '${name}' may not be '${table}': tables that begin with 'wherry_' are ` +
        "Wherry's own; choose another with .table('…')",
      name,
    )
  }
  const fields = resolveFields(specs, name, spec, naming)
  const fieldList = Object.freeze(Array.from(fields.values()))
  const definition = { name, table, fields, fieldList }
  const version = findVersion(definition)
  return Object.freeze({
    ...definition,
    key: resolveKey(definition, keyNames(name, spec)),
    indexes: resolveIndexes(definition, spec),
    ...(version !== undefined && { version }),
  })
}

type Fields = Pick<CollectionDefinition, 'name' | 'fields' | 'fieldList'>

function resolveFields(
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

function keyNames(collection: string, spec: CollectionSpec): readonly string[] {
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

const keyKinds: ReadonlySet<Kind> = new Set([
  'id',
  'text',
  'int',
  'bigint',
  'decimal',
  'timestamp',
  'date',
  'enum',
])

function resolveKey(collection: Fields, names: readonly string[]): readonly FieldDefinition[] {
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

function resolveIndexes(collection: Fields, spec: CollectionSpec): readonly IndexDefinition[] {
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

function findVersion({ name, fieldList }: Fields): FieldDefinition | undefined {
  const versions = fieldList.filter(({ managed }) => managed === 'version')
  if (versions.length > 1) {
    throw invalidSchema(
      `'${name}' has several t.version() fields; keep one`,
      name,
      versions.map((field) => field.name),
    )
  }
  return versions[0]
}

function unknownField(collection: string, method: string, name: string, known: Iterable<string>) {
  return invalidSchema(
    `.${method}() of '${collection}' names '${name}', which is no field of it; it has ${list(known)}`,
    collection,
    [name],
  )
}

function list(names: Iterable<string>): string {
  return Array.from(names).join(', ')
}
