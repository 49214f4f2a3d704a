import type { IntrospectedTable } from '../../contract/introspection.ts'
import type { CatalogTable } from '../sql/ensure.ts'
import { describeCatalog } from '../sql/introspect.ts'
import { asStored } from './bson-types.ts'
import { collated, fitsType, isView, readCollections, type StoredCollection } from './catalog.ts'
import type { MongoContext } from './context.ts'
import { describeIndexes } from './indexes.ts'
import { readSample } from './sample.ts'
import { SeenDocuments } from './seen-documents.ts'
import { readColumns, readDeclaration, type Declaration, type JsonSchema } from './validator.ts'

/**
 * See `Adapter.introspect`. Only documents say what is in a collection, so a sample of them is read:
 * all of a small one, of a large one the first and the last 500 by their keys. What a validator says
 * goes before that.
 */
export async function introspect(context: MongoContext): Promise<IntrospectedTable[]> {
  const found = await readCollections(context)
  const views = found.filter(isView).map(({ name }) => name)
  const catalog = new Map<string, CatalogTable>()
  // One after another, because each may be large.
  for (const stored of found) {
    if (!isView(stored)) catalog.set(stored.name, await describe(context, stored))
  }
  return describeCatalog(catalog, views, fitsType)
}

async function describe(context: MongoContext, stored: StoredCollection): Promise<CatalogTable> {
  if (stored.options.capped === true) return capped
  const documents = new SeenDocuments()
  const options = { ...context.readOptions, ...asStored }
  for await (const document of readSample(context.database.collection(stored.name), options)) {
    documents.add(document)
  }
  const { primaryKey, columns } = joined(documents.describe(), stored.validator)
  return {
    primaryKey,
    columns: collated(columns, stored),
    indexes: describeIndexes(stored.indexes, { primaryKey, columns }, context.deployment),
  }
}

/** A schema could not use it, and this says why: its key is of no kind. */
const capped: CatalogTable = {
  primaryKey: ['id'],
  columns: new Map([
    ['id', { type: 'key of a capped collection', nullable: false, hasDefault: false }],
  ]),
  indexes: [],
}

/** What documents show, and what a validator says. */
function joined(seen: Declaration, validator: JsonSchema = {}): Declaration {
  const declared = readDeclaration(validator)
  if (declared !== undefined) {
    const { primaryKey, columns } = declared
    const others = Array.from(seen.columns).filter(
      ([name]) => !columns.has(name) && !seen.primaryKey.includes(name),
    )
    return { primaryKey, columns: new Map([...columns, ...others]) }
  }
  const columns = new Map(seen.columns)
  for (const [name, { type, nullable, hasDefault }] of readColumns(validator)) {
    if (name === '_id' || seen.primaryKey.includes(name)) continue
    const known = columns.get(name)
    if (known === undefined) columns.set(name, { type, nullable, hasDefault })
    else if (!nullable) columns.set(name, { ...known, nullable, hasDefault })
  }
  return { primaryKey: seen.primaryKey, columns }
}
