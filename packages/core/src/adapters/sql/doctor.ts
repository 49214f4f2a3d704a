import type { Finding } from '../../contract/finding.ts'
import type { SchemaDefinition } from '../../schema/definition.ts'
import { findMissing, findProblems, type Catalog, type FitsType, type Problem } from './ensure.ts'

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

/** What has to be made before the log sees everything. */
export function examineLog(missing: readonly string[]): Finding[] {
  if (missing.length === 0) return []
  return [
    {
      severity: 'error',
      subject: 'wherry_log',
      problem:
        'does not see all changes: a table or trigger of it is missing, disabled or of another schema',
      remedy: create,
    },
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
