import type { Finding } from '../../contract/finding.ts'
import type { CollectionDefinition, FieldDefinition } from '../../schema/definition.ts'
import { isWherryError } from '../../errors/wherry-error.ts'
import { Misfit } from '../../schema/misfit.ts'
import { examineProblem, missingIndexes } from '../sql/doctor.ts'
import { kindName } from '../sql/kind-name.ts'
import { compare, type Comparison } from './compare.ts'
import type { MongoContext } from './context.ts'
import type { Document } from './driver.ts'
import { readSample } from './sample.ts'

/** See `Adapter.doctor`. */
export async function examine(context: MongoContext): Promise<Finding[]> {
  const comparison = await compare(context)
  const { schema, catalog, problems } = comparison
  return [
    ...examineDeployment(context),
    ...examineAcknowledgement(context),
    ...problems.map(examineProblem),
    ...missingIndexes(schema, catalog),
    ...examinePreImages(context, comparison),
    ...(await examineDocuments(context, comparison)),
  ]
}

function examineDeployment({ deployment }: MongoContext): Finding[] {
  if (deployment.isReplicated) return []
  return [
    {
      severity: 'note',
      subject: 'the server',
      problem:
        'stands alone: it has no transactions, and the log does not see what other programs write',
      remedy: 'use a replica set of MongoDB, if only of one: mongod --replSet, then rs.initiate()',
    },
  ]
}

/** Writes ask for a majority and its disks, unless the URL says otherwise. FerretDB knows neither. */
function examineAcknowledgement({ client, deployment }: MongoContext): Finding[] {
  const { writeConcern } = client.options
  if (writeConcern === undefined || !deployment.hasExpressions) return []
  const { w, journal } = writeConcern
  // Majorities write to their disks by themselves.
  const isOnDisk = journal === true || (w === 'majority' && journal !== false)
  if (isOnDisk && (w !== 1 || !deployment.isReplicated)) return []
  return [
    {
      severity: 'warning',
      subject: 'the write concern',
      problem: 'is weaker than a majority and its disks: the last writes may be lost in a failure',
      remedy: "leave 'w' and 'journal' out of the URL",
    },
  ]
}

function examinePreImages({ deployment }: MongoContext, { schema, stored }: Comparison): Finding[] {
  if (!deployment.isReplicated) return []
  return Array.from(schema.collections.values()).flatMap(({ table }): Finding[] => {
    const found = stored.get(table)
    if (found === undefined || found.options.changeStreamPreAndPostImages?.enabled) return []
    return [
      {
        severity: 'error',
        subject: table,
        problem: 'keeps no pre-images, so the log cannot tell what its rows were before a change',
        remedy: "connect with { ensure: 'create' }",
      },
    ]
  })
}

/** Those of a sample: see `readSample`. */
async function examineDocuments(
  context: MongoContext,
  { schema, stored }: Comparison,
): Promise<Finding[]> {
  const found: Finding[] = []
  for (const collection of schema.collections.values()) {
    if (!stored.has(collection.table)) continue
    const problems = new Map<string, string>()
    const documents = context.database.collection(collection.table)
    for await (const document of readSample(documents, context.readOptions)) {
      for (const field of collection.fieldList) {
        const problem = problemOf(context, collection, field, document)
        if (problem !== undefined) problems.set(`${collection.table}.${field.column}`, problem)
      }
    }
    for (const [subject, problem] of problems) {
      const remedy = 'correct the documents, or change the schema'
      found.push({ severity: 'error', subject, problem, remedy })
    }
  }
  return found
}

function problemOf(
  { code }: MongoContext,
  collection: CollectionDefinition,
  field: FieldDefinition,
  document: Document,
): string | undefined {
  try {
    code.toRow(collection, [field], document)
    return undefined
  } catch (error) {
    if (error instanceof Misfit) {
      return `holds what is not of kind ${kindName(field)}: one of its values ${error.message}`
    }
    if (isWherryError(error)) return 'is absent in a document, the field may not be null'
    throw error
  }
}
