import type {
  Collections,
  DefineSchemaOptions,
  NamesAllowed,
  SchemaBuilder,
} from './builder-types.ts'
import type { CollectionDefinition, SchemaDefinition } from './definition.ts'
import { hashOf } from './hash.ts'
import { got } from '../lib/got.ts'
import {
  checkCollectionName,
  checkSchemaOptions,
  invalidSchema,
  namings,
  type Naming,
} from './naming.ts'
import { relate, type RelationsBuilder } from './relations.ts'
import { resolveCollection } from './resolve-collection.ts'
import { collectionSpecOf, type CollectionSpec } from './spec.ts'

/**
 * Checks the collections and makes the schema of them. Throws InvalidSchema with the first fault;
 * its message says what to write instead. `naming` says how names without `.table()` and
 * `.column()` become names in the database; default 'as_is'.
 */
export function defineSchema<C extends Collections>(
  collections: NamesAllowed<C>,
  options: DefineSchemaOptions = {},
): SchemaBuilder<C> {
  const naming = namings[acceptNaming(options)]
  const specs = collectSpecs(collections)
  const definitions = new Map<string, CollectionDefinition>()
  const tables = new Map<string, string>()
  for (const [name, spec] of specs) {
    const definition = resolveCollection(specs, name, spec, naming)
    // Engines fold the case of table names or not, so names that differ in nothing else collide.
    const other = tables.get(definition.table.toLowerCase())
    if (other !== undefined) {
      throw invalidSchema(
        `'${other}' and '${name}' are both the table '${definition.table}'; ` +
          "give one of them another with .table('…')",
        name,
      )
    }
    tables.set(definition.table.toLowerCase(), name)
    definitions.set(name, definition)
  }
  const schema: unknown = new SchemaValue(definitions, false)
  return schema as SchemaBuilder<C>
}

class SchemaValue {
  readonly definition: SchemaDefinition
  readonly #isRelated: boolean

  constructor(collections: SchemaDefinition['collections'], isRelated: boolean) {
    this.definition = Object.freeze({ collections, hash: hashOf(collections) })
    this.#isRelated = isRelated
    Object.freeze(this)
  }

  relations(build: RelationsBuilder): SchemaValue {
    if (this.#isRelated) {
      throw invalidSchema('.relations() was called before; declare all relations in one call')
    }
    return new SchemaValue(relate(this.definition.collections, build), true)
  }
}

function collectSpecs(collections: unknown): ReadonlyMap<string, CollectionSpec> {
  const specs = new Map<string, CollectionSpec>()
  if (typeof collections !== 'object' || collections === null) {
    throw invalidSchema(
      `defineSchema() takes an object such as { users: collection({ … }) }, ${got(collections)}`,
    )
  }
  for (const [name, value] of Object.entries(collections)) {
    checkCollectionName(name)
    const spec = collectionSpecOf(value)
    if (spec === undefined) {
      throw invalidSchema(`'${name}' is no collection, ${got(value)}; make one with collection()`)
    }
    specs.set(name, spec)
  }
  if (specs.size === 0) throw invalidSchema('A schema needs at least one collection')
  return specs
}

function acceptNaming(options: DefineSchemaOptions): Naming {
  checkSchemaOptions('defineSchema()', options, ['naming'])
  const { naming = 'as_is' } = options
  if (Object.hasOwn(namings, naming)) return naming
  throw invalidSchema(`The naming of a schema is 'as_is' or 'snake_case', ${got(naming)}`)
}
