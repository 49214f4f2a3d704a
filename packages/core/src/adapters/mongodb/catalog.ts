import type { CollectionDefinition } from '../../schema/definition.ts'
import { isOwnTable } from '../own-tables.ts'
import type { CatalogColumn, CatalogTable, FitsType } from '../sql/ensure.ts'
import { isKindOf, kindName } from '../sql/kind-name.ts'
import { takesKind } from './bson-types.ts'
import type { MongoContext } from './context.ts'
import { pathOf } from './documents.ts'
import type { Collection, Document } from './driver.ts'
import { describeIndexes } from './indexes.ts'
import { readColumns, readDeclaration, type JsonSchema } from './validator.ts'

/** A collection as the server tells of it. */
export interface StoredCollection {
  readonly name: string
  /** 'collection', 'view' or 'timeseries'. */
  readonly type: string
  readonly options: CollectionOptions
  readonly indexes: readonly Document[]
  readonly validator?: JsonSchema
}

interface CollectionOptions {
  readonly capped?: boolean
  readonly collation?: { readonly locale: string }
  readonly changeStreamPreAndPostImages?: { readonly enabled: boolean }
  readonly validator?: { readonly $jsonSchema?: JsonSchema }
  readonly validationLevel?: string
  readonly validationAction?: string
}

/** The collections of these names, or all but the server's own and Wherry's. */
export async function readCollections(
  context: MongoContext,
  names?: ReadonlySet<string>,
): Promise<StoredCollection[]> {
  const { database, deployment } = context
  const listed = await database.listCollections({}, { nameOnly: false }).toArray()
  const kept = deployment.hasExpressions ? undefined : await readKeptValidators(context)
  const wanted = (listed as unknown as StoredCollection[]).filter(({ name }) =>
    names === undefined ? !name.startsWith('system.') && !isOwnTable(name) : names.has(name),
  )
  return Promise.all(
    wanted.map(async ({ name, type, options }) => {
      const indexes = type === 'collection' ? await database.collection(name).indexes() : []
      const validator = kept === undefined ? enforcedValidator(options) : kept.get(name)
      return { name, type, options, indexes, ...(validator && { validator }) }
    }),
  )
}

/** One that only warns refuses nothing, but says what Wherry has made all the same. */
function enforcedValidator({
  validator,
  validationLevel,
  validationAction,
}: CollectionOptions): JsonSchema | undefined {
  const schema = validator?.$jsonSchema
  const isIdle = validationLevel === 'off' || validationAction === 'warn'
  return isIdle && readDeclaration(schema) === undefined ? undefined : schema
}

/** Where the server has no validators, what they would say is kept here. */
export function keptValidators({ database }: MongoContext): Collection {
  return database.collection('wherry_validators')
}

async function readKeptValidators(context: MongoContext): Promise<ReadonlyMap<string, JsonSchema>> {
  const kept = await keptValidators(context).find({}).toArray()
  return new Map(kept.map(({ _id, validator }) => [_id as string, validator as JsonSchema]))
}

/** A view, or a collection that is one of another, as those of time series are. */
export function isView({ type }: StoredCollection): boolean {
  return type !== 'collection'
}

/** Why nothing can be kept in a collection; undefined where nothing is in the way. */
export function unusable(stored: StoredCollection): string | undefined {
  if (isView(stored)) return 'is a view, or a collection of time series'
  return stored.options.capped === true ? 'is capped, so that old documents vanish' : undefined
}

/**
 * A collection in the words of tables. Documents that Wherry has not declared are taken to be as the
 * schema says, but for what a validator of others forbids.
 */
export function describeStored(
  { deployment }: MongoContext,
  stored: StoredCollection,
  definition: CollectionDefinition,
): CatalogTable {
  const { primaryKey, columns } = readDeclaration(stored.validator) ?? {
    primaryKey: definition.key.map(({ column }) => column),
    columns: assumedColumns(definition, stored.validator),
  }
  return {
    primaryKey,
    columns: collated(columns, stored),
    indexes: describeIndexes(stored.indexes, { primaryKey, columns }, deployment),
  }
}

function assumedColumns(
  definition: CollectionDefinition,
  validator: JsonSchema = {},
): ReadonlyMap<string, CatalogColumn> {
  const described = readColumns(validator)
  const columns = new Map(
    definition.fieldList.map((field): [string, CatalogColumn] => {
      const { type = '', hasDefault = true } = described.get(pathOf(definition, field)) ?? {}
      const nullable = hasDefault && field.nullable
      const kind = type === '' ? { kind: kindName(field) } : {}
      return [field.column, { type, ...kind, nullable, hasDefault }]
    }),
  )
  for (const [name, column] of described) {
    if (name !== '_id' && !columns.has(name)) columns.set(name, column)
  }
  return columns
}

/** Adds the collation to what holds texts. */
export function collated(
  columns: ReadonlyMap<string, CatalogColumn>,
  { options: { collation } }: StoredCollection,
): ReadonlyMap<string, CatalogColumn> {
  if (collation === undefined || collation.locale === 'simple') return columns
  return new Map(
    Array.from(columns, ([name, column]) => {
      const { kind, type, ...others } = column
      const holdsText =
        kind === undefined
          ? /\b(string|array|object)\b/.test(type)
          : /\b(id|text|enum|date|json)\b/.test(kind)
      const collatedType = `${type || kind} collate ${collation.locale}`
      return [name, holdsText ? { ...others, type: collatedType } : column]
    }),
  )
}

/** Whether a field is of the very kind, or may at least be what the kind's values are stored as. */
export const fitsType: FitsType = (wanted, { kind, type, remedy }) => {
  if (remedy !== undefined || type.includes(' collate ')) return false
  return kind === undefined ? takesKind(wanted, type.split(' | ')) : isKindOf(kind, wanted)
}
