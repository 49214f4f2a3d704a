import type { AdapterContext } from '../../contract/adapter.ts'
import type { Finding } from '../../contract/finding.ts'
import type { CaptureMode } from '../../contract/log-settings.ts'
import type { SchemaDefinition } from '../../schema/definition.ts'
import { capturedBy } from './capture.ts'
import { findMissing, findProblems, type Catalog, type FitsType, type Problem } from './ensure.ts'
import { isRecord } from './schema-order.ts'

const create = "connect with { ensure: 'create' }"

/** Where the tables are not what the schema says, whether `ensure` minds or not. */
export function examineCatalog(
  schema: SchemaDefinition,
  catalog: Catalog,
  fitsType: FitsType,
): Finding[] {
  return [
    ...findProblems(schema, catalog, fitsType).map(examineProblem),
    ...missingReferences(schema, catalog),
    ...missingIndexes(schema, catalog),
  ]
}

/** What `ensure` refuses. */
export function examineProblem({ subject, fault, mayBeAdded }: Problem): Finding {
  return {
    severity: 'error',
    subject,
    problem: fault,
    remedy: mayBeAdded ? create : 'migrate it, or change the schema: Wherry alters nothing',
  }
}

/** What the log is short of. */
export interface LogState {
  /** The statements that make what it lacks. */
  readonly missing: readonly string[]
  /** The tables of which it sees all twice. */
  readonly twice: readonly string[]
  /** The tables of which it tells this service nothing. */
  readonly unseen: readonly string[]
}

export function examineLog({ missing, twice, unseen }: LogState): Finding[] {
  if (twice.length > 0) return twice.map((table) => examineProblem(capturedTwice(table)))
  if (missing.every(isRecord)) {
    return unseen.map((subject) => ({
      severity: 'error',
      subject,
      problem: 'has triggers of a later schema, which names its collection otherwise',
      remedy: 'deploy the later schema, or name the collection as it does',
    }))
  }
  return [
    {
      severity: 'error',
      subject: 'wherry_log',
      problem:
        'does not see all changes: a table or trigger of it is missing, disabled or of an earlier schema',
      remedy: create,
    },
  ]
}

/** A table of the service's own capture that has triggers, too. */
export function capturedTwice(subject: string): Problem {
  const fault = "has triggers that write the change log, though its capture is not 'triggers'"
  return { subject, fault, mayBeAdded: true }
}

/** What the log cannot see, as the service was told. */
export function examineCapture(context: Pick<AdapterContext, 'schema' | 'log'>): Finding[] {
  const notes = (mode: CaptureMode, problem: string, remedy: string): Finding[] =>
    Array.from(capturedBy(context, mode), ({ table: subject }) => {
      return { severity: 'note', subject, problem, remedy }
    })
  return [
    ...notes(
      'service',
      'is captured by the service: the log misses what other programs write to it',
      "let them write through the service, or capture it by 'triggers'",
    ),
    ...notes('off', 'is not captured: the log has nothing of it', "capture it by 'triggers'"),
  ]
}

function missingReferences(schema: SchemaDefinition, catalog: Catalog): Finding[] {
  return Array.from(schema.collections.values()).flatMap(({ table, fieldList }) =>
    fieldList.flatMap(({ column, ref }): Finding[] => {
      const found = catalog.get(table)?.columns.get(column)
      const target = ref && schema.collections.get(ref)!
      if (!found || !target || found.references?.table === target.table) return []
      return [
        {
          severity: 'error',
          subject: `${table}.${column}`,
          problem: `is no foreign key to '${target.table}', so what it names may be missing`,
          remedy: 'add the foreign key, without a cascade',
        },
      ]
    }),
  )
}

export function missingIndexes(schema: SchemaDefinition, catalog: Catalog): Finding[] {
  return findMissing(schema, catalog).flatMap((missing): Finding[] => {
    if (missing.kind !== 'index' || missing.index.unique) return []
    const columns = missing.index.fields.map(({ column }) => column).join(', ')
    return [
      {
        severity: 'warning',
        subject: missing.collection.table,
        problem: `has no index on (${columns}), so what the schema means to be quick reads all rows`,
        remedy: create,
      },
    ]
  })
}
