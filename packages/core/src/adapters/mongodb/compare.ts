import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import {
  findMissing,
  findProblems,
  type Catalog,
  type CatalogTable,
  type Missing,
  type Problem,
} from '../sql/ensure.ts'
import {
  describeStored,
  fitsType,
  readCollections,
  unusable,
  type StoredCollection,
} from './catalog.ts'
import type { MongoContext } from './context.ts'
import { wantedIndexes } from './indexes.ts'

/** What the database holds, beside what the schema says. */
export interface Comparison {
  /** With all indexes that are wanted, and without the collections that cannot be used. */
  readonly schema: SchemaDefinition
  readonly stored: ReadonlyMap<string, StoredCollection>
  readonly catalog: Catalog
  /** What can be added, in order. */
  readonly missing: readonly Missing[]
  /** What the service could not work with. */
  readonly problems: readonly Problem[]
}

export async function compare(context: MongoContext): Promise<Comparison> {
  const definitions = Array.from(context.schema.collections.values())
  const found = await readCollections(context, new Set(definitions.map(({ table }) => table)))
  const stored = new Map(found.map((each) => [each.name, each]))
  const unfit: Problem[] = []
  const usable = new Map<string, CollectionDefinition>()
  const catalog = new Map<string, CatalogTable>()
  for (const definition of definitions) {
    const { name, table } = definition
    const its = stored.get(table)
    const fault = its && unusable(its)
    if (fault !== undefined) {
      unfit.push({ subject: table, fault, mayBeAdded: false })
      continue
    }
    usable.set(name, { ...definition, indexes: wantedIndexes(definition) })
    if (its !== undefined) catalog.set(table, describeStored(context, its, definition))
  }
  const schema = { ...context.schema, collections: usable }
  return {
    schema,
    stored,
    catalog,
    missing: findMissing(schema, catalog).filter(canBeAdded),
    problems: [...unfit, ...findProblems(schema, catalog, fitsType)],
  }
}

/** A key is a part of each document from its beginning. */
function canBeAdded(missing: Missing): boolean {
  return missing.kind !== 'column' || !missing.collection.key.includes(missing.field)
}
