import type { WherryError } from '../../errors/wherry-error.ts'
import { identityOf } from '../../query/evaluate.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import { indexName } from '../sql/ensure.ts'
import { uniqueViolation } from '../violations.ts'
import type { MongoContext } from './context.ts'
import { pathOf } from './documents.ts'
import type { Document } from './driver.ts'
import type { MongoFailure } from './errors.ts'

/** The error of rows of which one has another in its way, perhaps of `earlier` in the same write. */
export async function duplicateOf(
  context: MongoContext,
  collection: CollectionDefinition,
  rows: readonly Row[],
  isNew: boolean,
  failure: MongoFailure,
  earlier: readonly Row[] = [],
): Promise<WherryError> {
  const told = fieldsOf(collection, failure)
  if (told !== undefined) return uniqueViolation(collection, told, failure)
  for (const row of rows) {
    const among = sharedAmong(collection, row, earlier)
    const fields = among ?? (await sharedFields(context, collection, row, isNew))
    if (fields.length > 0) return uniqueViolation(collection, fields, failure)
  }
  return uniqueViolation(collection, [], failure)
}

/** As the server says it. Of batches the driver hands on its words alone, in which the index has a name. */
function fieldsOf(
  collection: CollectionDefinition,
  { keyPattern = {}, message }: MongoFailure,
): readonly FieldDefinition[] | undefined {
  const paths = Object.keys(keyPattern)
  if (paths.length === 0) {
    const [, name] = / index: (\S+) dup key/.exec(message) ?? []
    if (name === '_id_') return collection.key
    return collection.indexes.find((index) => indexName(collection, index) === name)?.fields
  }
  if (paths[0] === '_id') return collection.key
  const index = collection.indexes.find(
    ({ unique, fields }) =>
      unique &&
      fields.length === paths.length &&
      fields.every((field) => paths.includes(pathOf(collection, field))),
  )
  return index?.fields
}

/** Where a transaction has ended, the database holds none of them. */
function sharedAmong(
  { key, indexes }: CollectionDefinition,
  row: Row,
  earlier: readonly Row[],
): readonly FieldDefinition[] | undefined {
  const unique = indexes.filter((index) => index.unique).map(({ fields }) => fields)
  return [key, ...unique].find((fields) => {
    const identity = identityOf(fields, row)
    return identity !== undefined && earlier.some((each) => identityOf(fields, each) === identity)
  })
}

/** Asks for them, where the server does not say which index it was. */
async function sharedFields(
  context: MongoContext,
  collection: CollectionDefinition,
  row: Row,
  isNew: boolean,
): Promise<readonly FieldDefinition[]> {
  const { code } = context
  const documents = context.collection(collection)
  const id = code.idOf(collection, row)
  if (isNew && (await documents.findOne({ _id: { $eq: id } })) !== null) return collection.key
  for (const { unique, fields } of collection.indexes) {
    if (!unique || fields.some(({ name }) => row[name] === null)) continue
    const same = fields.map((field) => [
      pathOf(collection, field),
      { $eq: code.encode(field, row[field.name]) },
    ])
    const other = isNew ? [] : [{ _id: { $ne: id } }]
    const filter = { $and: [Object.fromEntries(same) as Document, ...other] }
    if ((await documents.findOne(filter)) !== null) return fields
  }
  return []
}
