import type {
  IntrospectedColumn,
  IntrospectedIndex,
  IntrospectedTable,
} from '../../contract/introspection.ts'
import { isWherryError } from '../../errors/wherry-error.ts'
import { checkDatabaseName, checkTableName } from '../../schema/naming.ts'
import { keyKinds } from '../../schema/resolve-indexes.ts'
import type { ValueType } from '../../schema/definition.ts'

/** Something of the database that a schema cannot describe. */
export interface Skipped {
  readonly table: string
  /** Absent: the whole table. */
  readonly column?: string
  readonly reason: string
}

export type UsableColumn = IntrospectedColumn & { readonly holds: ValueType }

/** A table with the columns and indexes that a schema can name. */
export interface UsableTable {
  readonly name: string
  readonly columns: readonly UsableColumn[]
  readonly primaryKey: readonly string[]
  readonly indexes: readonly IntrospectedIndex[]
}

export interface Usable {
  readonly tables: readonly UsableTable[]
  readonly skipped: readonly Skipped[]
}

/** Parts what a schema can describe from what it cannot. */
export function findUsable(tables: readonly IntrospectedTable[]): Usable {
  const usable: UsableTable[] = []
  const skipped: Skipped[] = []
  const seen = new Set<string>()
  for (const table of tables) {
    const faults = columnFaults(table)
    const reason = seen.has(table.name.toLowerCase())
      ? 'its name differs from that of another table in case only'
      : tableFault(table, faults)
    if (reason !== undefined) {
      skipped.push({ table: table.name, reason })
      continue
    }
    seen.add(table.name.toLowerCase())
    usable.push(withoutColumns(table, faults))
    for (const [column, each] of faults) {
      skipped.push({ table: table.name, column, reason: each })
    }
  }
  return { tables: usable, skipped }
}

function withoutColumns(
  { name, columns, primaryKey, indexes }: IntrospectedTable,
  without: ReadonlyMap<string, string>,
): UsableTable {
  const left = columns.filter((column): column is UsableColumn => !without.has(column.name))
  const kindOf = new Map(left.map((column) => [column.name, column.holds.kind]))
  const isIndexed = (column: string) =>
    !['json', 'array', 'bytes', undefined].includes(kindOf.get(column))
  const unique = new Set(
    indexes.filter((index) => index.unique).map(({ columns: of }) => of.join()),
  )
  const seen = new Set([primaryKey.join()])
  return {
    name,
    columns: left,
    primaryKey,
    indexes: indexes.flatMap(({ columns: of }) => {
      const text = of.join()
      if (seen.has(text) || !of.every(isIndexed)) return []
      seen.add(text)
      return [{ columns: of, unique: unique.has(text) }]
    }),
  }
}

function tableFault(
  { name, isView, columns, primaryKey }: IntrospectedTable,
  faults: ReadonlyMap<string, string>,
): string | undefined {
  if (isView) return 'it is a view'
  const nameFault = faultOf(() => checkTableName('A table', name))
  if (nameFault !== undefined) return nameFault
  if (primaryKey.length === 0) return 'it has no primary key'
  for (const column of columns) {
    const { name: of, nullable, hasDefault, holds } = column
    const fault = faults.get(of)
    const isKey = primaryKey.includes(of)
    if (fault !== undefined && isKey) return `'${of}' of its key cannot be described: ${fault}`
    if (fault !== undefined && !nullable && !hasDefault) {
      return `'${of}', which every insert has to give, cannot be described: ${fault}`
    }
    if (isKey && !keyKinds.has(holds!.kind)) {
      return `'${of}' of its key is of kind ${holds!.kind}, which a key never is`
    }
  }
  return undefined
}

/** Why columns cannot be described. */
function columnFaults({ columns }: IntrospectedTable): ReadonlyMap<string, string> {
  const faults = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, type, remedy, holds, isGenerated } of columns) {
    const fault =
      faultOf(() => checkDatabaseName('A column', name)) ??
      (seen.has(name.toLowerCase())
        ? 'its name differs from that of another column in case only'
        : isGenerated
          ? 'the database computes it, and refuses inserts that give it'
          : holds === undefined
            ? typeFault(type, remedy)
            : undefined)
    seen.add(name.toLowerCase())
    if (fault !== undefined) faults.set(name, fault)
  }
  return faults
}

function typeFault(type: string, remedy: string | undefined): string {
  const [base, collation] = type.split(' collate ')
  const fault =
    collation === undefined
      ? `there is no kind for its type, ${base || 'which is none'}`
      : `its collation, ${collation}, does not compare texts by their bytes`
  return remedy === undefined ? fault : `${fault} (${remedy})`
}

function faultOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (isWherryError(error)) return error.message
    throw error
  }
}
