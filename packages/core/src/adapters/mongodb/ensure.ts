import type { CollectionDefinition, FieldDefinition } from '../../schema/definition.ts'
import { invalidSchema } from '../../schema/naming.ts'
import { cannotAdd, refuse, refuseUnfit, type Missing } from '../sql/ensure.ts'
import { keptValidators } from './catalog.ts'
import { compare, type Comparison } from './compare.ts'
import type { MongoContext } from './context.ts'
import { pathOf } from './documents.ts'
import { isDuplicate, type MongoFailure } from './errors.ts'
import { indexOptions } from './indexes.ts'
import { lockColumn } from './session.ts'
import { makeValidator, withFields, type JsonSchema } from './validator.ts'

/** See `Adapter.ensure`. Any number of processes may do it at once. */
export async function ensureCollections(
  context: MongoContext,
  mode: 'create' | 'verify',
): Promise<void> {
  for (const collection of context.schema.collections.values()) checkNames(collection)
  if (mode === 'create') await addMissing(context, await compare(context))
  refuse((await compare(context)).problems)
}

function checkNames({ name, key, fieldList }: CollectionDefinition): void {
  for (const field of fieldList) {
    const isTaken = taken.has(field.column) || (field.column === '_id' && !key.includes(field))
    if (!isTaken) continue
    throw invalidSchema(
      `'${field.name}' of '${name}' cannot be stored as '${field.column}', which has a meaning of ` +
        "its own in documents; give it another name with .column('…')",
      name,
      [field.name],
    )
  }
}

/** To the driver, to JavaScript, and to transactions. */
const taken: ReadonlySet<string> = new Set(['_bsontype', '__proto__', lockColumn])

async function addMissing(
  context: MongoContext,
  { schema, stored, missing, problems }: Comparison,
): Promise<void> {
  refuseUnfit(problems)
  for (const collection of schema.collections.values()) {
    const its = missing.filter((each) => each.collection === collection)
    const found = stored.get(collection.table)
    if (found === undefined) await createCollection(context, collection)
    else {
      const keepsThem = found.options.changeStreamPreAndPostImages?.enabled === true
      if (context.deployment.isReplicated && !keepsThem) await keepPreImages(context, found.name)
      await addFields(context, collection, its, found.validator)
    }
    for (const each of its) if (each.kind === 'index') await createIndex(context, each)
  }
}

const preImages = { changeStreamPreAndPostImages: { enabled: true } }

async function createCollection(
  context: MongoContext,
  collection: CollectionDefinition,
): Promise<void> {
  const { database, deployment } = context
  const validator = makeValidator(collection)
  // Kept before the collection is there, which else would be taken for another program's.
  if (!deployment.hasExpressions) await setValidator(context, collection.table, validator)
  try {
    await database.createCollection(collection.table, {
      ...(deployment.hasExpressions && { validator: { $jsonSchema: validator } }),
      ...(deployment.isReplicated && preImages),
    })
  } catch (error) {
    const alreadyExists = 48
    if ((error as MongoFailure).code !== alreadyExists) throw error
  }
}

async function keepPreImages({ database }: MongoContext, name: string): Promise<void> {
  await database.command({ collMod: name, ...preImages })
}

async function setValidator(
  context: MongoContext,
  name: string,
  validator: JsonSchema,
): Promise<void> {
  const { database, deployment, writeOptions } = context
  if (deployment.hasExpressions) {
    await database.command({ collMod: name, validator: { $jsonSchema: validator } })
    return
  }
  const options = { ...writeOptions, upsert: true }
  try {
    await keptValidators(context).replaceOne({ _id: { $eq: name } }, { validator }, options)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    // Another process was just as quick; now there is one to replace.
    await setValidator(context, name, validator)
  }
}

/** These take as long as the collection is large. */
const untimed = { maxTimeMS: undefined, socketTimeoutMS: 0 }

type MissingField = Extract<Missing, { kind: 'column' }>

/** Fields that the validator does not know yet: documents that are there get their defaults. */
async function addFields(
  context: MongoContext,
  { table }: CollectionDefinition,
  missing: readonly Missing[],
  validator: JsonSchema | undefined,
): Promise<void> {
  const added = missing.filter((each): each is MissingField => each.kind === 'column')
  if (added.length === 0 || validator === undefined) return
  for (const each of added) await fill(context, each)
  await setValidator(
    context,
    table,
    withFields(
      validator,
      added.map(({ field }) => field),
    ),
  )
  // Until now programs that do not know the fields could insert documents without them.
  for (const each of added) if (!each.field.nullable) await fill(context, each)
}

async function fill(context: MongoContext, missing: MissingField): Promise<void> {
  const { database, writeOptions } = context
  const { collection, field } = missing
  const value = valueOfAdded(context, field)
  if (value === null) return
  const path = pathOf(collection, field)
  try {
    await database
      .collection(collection.table)
      .updateMany(
        { [path]: { $exists: false } },
        { $set: { [path]: value } },
        { ...writeOptions, ...untimed },
      )
  } catch (error) {
    throw refused(error) ? cannotAdd(missing, error as Error) : error
  }
}

/** What documents that are there get; null: nothing. */
function valueOfAdded({ code, runtime }: MongoContext, field: FieldDefinition): unknown {
  const { managed, constantDefault = null } = field
  if (managed === undefined) {
    return constantDefault === null ? null : code.encode(field, constantDefault)
  }
  return managed === 'version' ? 1 : new Date(runtime.now())
}

async function createIndex(
  { database, deployment }: MongoContext,
  missing: Extract<Missing, { kind: 'index' }>,
): Promise<void> {
  const { collection, index } = missing
  const keys = Object.fromEntries(index.fields.map((field) => [pathOf(collection, field), 1]))
  const options = { ...indexOptions(collection, index, deployment), ...untimed }
  try {
    await database.collection(collection.table).createIndex(keys, options)
  } catch (error) {
    throw refused(error) ? cannotAdd(missing, error as Error) : error
  }
}

/** What is there is in the way: documents, another index, a rule of the collection. */
function refused(error: unknown): boolean {
  return isDuplicate(error) || inTheWay.has((error as MongoFailure).code ?? 0)
}

const inTheWay: ReadonlySet<number> = new Set([
  67, // CannotCreateIndex
  85, // IndexOptionsConflict
  86, // IndexKeySpecsConflict
  121, // DocumentValidationFailure
  171, // CannotIndexParallelArrays
])
