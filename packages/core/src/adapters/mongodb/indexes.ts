import type { CollectionDefinition, IndexDefinition } from '../../schema/definition.ts'
import { indexName, type CatalogTable } from '../sql/ensure.ts'
import type { Deployment } from './deployment.ts'
import { pathOf } from './documents.ts'
import type { Document } from './driver.ts'

/** Those of a schema, without what `_id` has anyway, and one by the parts of a key, which queries name. */
export function wantedIndexes({ key, indexes }: CollectionDefinition): readonly IndexDefinition[] {
  const isOfKey = ({ fields }: IndexDefinition) =>
    fields.length === key.length && fields.every((field, at) => field === key[at])
  if (key.length === 1) return indexes.filter((index) => !isOfKey(index))
  return indexes.some(isOfKey) ? indexes : [...indexes, { fields: key, unique: false }]
}

/**
 * Fields that are null are absent. A unique index would take the absent ones for equal, so it leaves
 * them out; FerretDB has no indexes of some documents only, and takes them for different.
 */
export function indexOptions(
  collection: CollectionDefinition,
  index: IndexDefinition,
  { hasExpressions }: Deployment,
): object {
  const nullable = index.fields.filter((field) => field.nullable)
  return {
    name: indexName(collection, index),
    ...(index.unique && { unique: true }),
    ...(index.unique &&
      hasExpressions &&
      nullable.length > 0 && {
        partialFilterExpression: Object.fromEntries(
          nullable.map((field) => [pathOf(collection, field), { $exists: true }]),
        ),
      }),
  }
}

/** An index as the server tells of it. */
interface ServerIndex {
  readonly key: Readonly<Record<string, unknown>>
  readonly unique?: boolean
  readonly sparse?: boolean
  readonly partialFilterExpression?: Readonly<Record<string, Document>>
  readonly collation?: { readonly locale: string }
}

/** What the indexes of a collection are good for, in the words of tables. */
export function describeIndexes(
  indexes: readonly Document[],
  { primaryKey, columns }: Omit<CatalogTable, 'indexes'>,
  { hasExpressions }: Deployment,
): CatalogTable['indexes'] {
  return (indexes as unknown as ServerIndex[]).flatMap((index) => {
    const paths = Object.keys(index.key)
    const names = paths.map((path) => (comparesBytes(index) ? columnAt(path, primaryKey) : ''))
    const nullable = paths.filter((_, at) => columns.get(names[at]!)?.nullable ?? true)
    const isUnique = index.unique === true && (!hasExpressions || keepsUnique(index, nullable))
    return [
      ...(isUnique ? [{ columns: names, unique: true }] : []),
      // One that is unique finds rows as well.
      ...(findsAll(index, nullable) ? [{ columns: names, unique: false }] : []),
    ]
  })
}

/** The column that stands at a path; others, such as parts of JSON, have no name here. */
function columnAt(path: string, primaryKey: readonly string[]): string {
  const [first, part, ...deeper] = path.split('.')
  const isOfKey = first === '_id'
  if (primaryKey.length === 1) return isOfKey && part === undefined ? primaryKey[0]! : plain(path)
  return isOfKey && part !== undefined && deeper.length === 0 ? part : plain(path)
}

function plain(path: string): string {
  return path === '_id' || path.includes('.') ? '' : path
}

function comparesBytes({ key, collation }: ServerIndex): boolean {
  const isOrdered = Object.values(key).every((direction) => Math.abs(Number(direction)) === 1)
  return isOrdered && (collation === undefined || collation.locale === 'simple')
}

/** Whether it compares all documents but those in which a field is absent. */
function keepsUnique(index: ServerIndex, nullable: readonly string[]): boolean {
  const { key, sparse, partialFilterExpression = {} } = index
  // A sparse index of several fields leaves out only documents without any of them.
  const isSparse = sparse === true && Object.keys(key).length === 1
  return (
    leavesOutAbsentOnly(index) &&
    nullable.every((path) => isSparse || path in partialFilterExpression)
  )
}

function findsAll(index: ServerIndex, nullable: readonly string[]): boolean {
  if (index.sparse !== true && index.partialFilterExpression === undefined) return true
  return leavesOutAbsentOnly(index) && nullable.length === 0
}

function leavesOutAbsentOnly({ key, partialFilterExpression = {} }: ServerIndex): boolean {
  return Object.entries(partialFilterExpression).every(
    ([path, test]) => path in key && test.$exists === true && Object.keys(test).length === 1,
  )
}
