import type { CollectionDefinition, FieldDefinition } from './definition.ts'
import { checkTableName, invalidSchema } from './naming.ts'
import { resolveFields } from './resolve-fields.ts'
import { keyNames, resolveIndexes, resolveKey, type Fields } from './resolve-indexes.ts'
import type { CollectionSpec } from './spec.ts'

/** Puts names, references and defaults of one collection in place, and checks all of it. */
export function resolveCollection(
  specs: ReadonlyMap<string, CollectionSpec>,
  name: string,
  spec: CollectionSpec,
  naming: (name: string) => string,
): CollectionDefinition {
  const table = spec.table ?? naming(name)
  checkTableName(`The table of '${name}'`, table)
  const fields = resolveFields(specs, name, spec, naming)
  const fieldList = Object.freeze(Array.from(fields.values()))
  const definition = { name, table, fields, fieldList }
  const version = findVersion(definition)
  return Object.freeze({
    ...definition,
    key: resolveKey(definition, keyNames(name, spec)),
    indexes: resolveIndexes(definition, spec),
    ...(version !== undefined && { version }),
    relations: new Map(),
  })
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
