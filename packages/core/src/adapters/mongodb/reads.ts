import type { AggregatePlan, FindPlan } from '../../query/ast.ts'
import { evaluateAggregate } from '../../query/aggregate.ts'
import { compileFilter as compilePredicate, isFirstPer } from '../../query/evaluate.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import type { MongoContext } from './context.ts'
import { pathOf } from './documents.ts'
import type { ClientSession, Document } from './driver.ts'
import { both, compileAfter, compileFilter } from './filter.ts'
import { isWorthAnotherTry } from './errors.ts'
import { aggregatePipeline, groupsOf } from './groups.ts'
import { pinnedKey } from './keys.ts'
import { documentOptions } from './options.ts'

/** What the server takes for a number of rows; more than this is all of them. */
const largestInt32 = 2 ** 31 - 1
const largestBatch = 1_000

/** The rows of a plan, in its order. */
export async function find(
  context: MongoContext,
  plan: FindPlan,
  session?: ClientSession,
): Promise<Row[]> {
  const { collection, offset, limit = Infinity, fields, limitPer } = plan
  if (limit === 0 || offset > largestInt32) return []
  const { code } = context
  const { filter, isExact } = compileFilter(code, collection, plan.filter)
  const isWhole = fields.length === collection.fieldList.length
  const where = plan.after === undefined ? filter : both([filter, compileAfter(code, plan)])
  const options: Document = { ...context.readOptions, batchSize: largestBatch }
  if (session !== undefined) options.session = session
  if (pinnedKey(collection, plan.filter) === undefined) options.sort = sortOf(plan)
  // What the server cannot tell is told of the rows as they come, and they are counted here.
  const isCut = isExact && limitPer === undefined
  if (isCut) {
    if (!isWhole) options.projection = projection(collection, fields)
    if (offset > 0) options.skip = offset
    if (limit <= largestInt32) options.limit = limit
    if (limit < largestBatch) options.batchSize = limit
  }
  const rows: Row[] = []
  if (isCut) {
    const isShort = session === undefined && limit < largestBatch
    const batch = isShort ? await findInOneBatch(context, collection, where, options) : undefined
    const documents = batch ?? (await context.collection(collection).find(where, options).toArray())
    for (const document of documents) rows.push(code.toRow(collection, fields, document))
    return rows
  }
  const cursor = context.collection(collection).find(where, options)
  const matches = compilePredicate(plan.filter)
  const isFirst = limitPer === undefined ? () => true : isFirstPer(limitPer)
  let skipped = 0
  for await (const document of cursor) {
    const row = code.toRow(collection, collection.fieldList, document)
    if (!matches(row) || !isFirst(row) || skipped++ < offset) continue
    rows.push(isWhole ? row : select(row, fields))
    if (rows.length === limit) break
  }
  return rows
}

/**
 * The documents of a short answer, without the driver's cursor, which is a good part of what such a
 * read costs. Undefined where they do not fit into one batch, or where it is worth another try: a
 * cursor asks on, and again.
 */
async function findInOneBatch(
  { database }: MongoContext,
  { table }: CollectionDefinition,
  filter: Document,
  options: Document,
): Promise<Document[] | undefined> {
  // Of a batch as large as the limit the server keeps a cursor open.
  const batchSize = (options.limit as number) + 1
  const command = { find: table, filter, ...options, batchSize }
  try {
    const { cursor } = await database.command(command, documentOptions)
    const { id, firstBatch } = cursor as { readonly id: bigint; readonly firstBatch: Document[] }
    if (id === 0n) return firstBatch
    await database.command({ killCursors: table, cursors: [id] }).catch(() => undefined)
  } catch (error) {
    if (!isWorthAnotherTry(error)) throw error
  }
  return undefined
}

/** The groups of a plan, by the server where it can: by the evaluator where it has no expressions. */
export async function aggregate(
  context: MongoContext,
  plan: AggregatePlan,
  session?: ClientSession,
): Promise<Row[]> {
  const { collection } = plan
  const { code, deployment, readOptions } = context
  const { filter, isExact } = compileFilter(code, collection, plan.filter)
  const options = { ...readOptions, ...(session && { session }) }
  const documents = context.collection(collection)
  const isCount =
    plan.groupBy.length === 0 && plan.measures.every(({ field }) => field === undefined)
  if (isExact && isCount) {
    const count = await documents.countDocuments(filter, options)
    return [Object.fromEntries(plan.measures.map(({ name }) => [name, count]))]
  }
  if (isExact && deployment.hasExpressions) {
    const pipeline = aggregatePipeline(plan, filter)
    return groupsOf(plan, await documents.aggregate(pipeline, options).toArray())
  }
  const measured = plan.measures.flatMap(({ field }) => field ?? [])
  const fields = isExact ? [...new Set([...plan.groupBy, ...measured])] : collection.fieldList
  const rows: Row[] = []
  const found = documents.find(filter, {
    ...options,
    ...(isExact && { projection: projection(collection, fields) }),
    batchSize: largestBatch,
  })
  for await (const document of found) rows.push(code.toRow(collection, fields, document))
  return evaluateAggregate(isExact ? { ...plan, filter: { kind: 'every' } } : plan, rows)
}

function sortOf({ collection, order }: FindPlan): Document {
  return Object.fromEntries(
    order.map(({ field, descending }) => [pathOf(collection, field), descending ? -1 : 1]),
  )
}

function projection(
  collection: CollectionDefinition,
  fields: readonly FieldDefinition[],
): Document {
  const paths = fields.map((field) => [pathOf(collection, field), 1] as const)
  const hasKey = fields.some((field) => collection.key.includes(field))
  return { ...Object.fromEntries(paths), ...(!hasKey && { _id: 0 }) }
}

export function select(row: Row, fields: readonly FieldDefinition[]): Row {
  return Object.fromEntries(fields.map(({ name }) => [name, row[name]]))
}
