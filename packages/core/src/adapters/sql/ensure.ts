import { WherryError } from '../../errors/wherry-error.ts'
import { canonicalJson } from '../../lib/json.ts'
import { hashText } from '../../schema/hash.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  SchemaDefinition,
  ValueType,
} from '../../schema/definition.ts'
import type { KindLabel } from './kind-name.ts'

/** What a database holds, by table name. */
export type Catalog = ReadonlyMap<string, CatalogTable>

export interface CatalogTable {
  readonly columns: ReadonlyMap<string, CatalogColumn>
  readonly primaryKey: readonly string[]
  readonly indexes: readonly CatalogIndex[]
}

export interface CatalogIndex {
  readonly columns: readonly string[]
  /** That no two rows have the same values, compared as the contract does. */
  readonly unique: boolean
  /** That it takes some values for the same which are not. */
  readonly isLoose?: true
}

export interface CatalogColumn extends Partial<KindLabel> {
  readonly type: string
  /** What makes it hold a kind that it all but holds. */
  readonly remedy?: string
  readonly nullable: boolean
  readonly hasDefault: boolean
  /** The text of its default where that is a constant, in the row codec's form. */
  readonly constant?: string
  /** Of a time of the service's: what rows got when it was added is still what others' rows get. */
  readonly lacksDefault?: true
  /** Computed by the database, whoever inserts. */
  readonly isGenerated?: true
  /** What it refers to, without other columns; null stands for the primary key. */
  readonly references?: { readonly table: string; readonly column: string | null }
}

/** Whether a column holds all values of a type, and compares them as the contract does. */
export type FitsType = (type: ValueType, column: CatalogColumn) => boolean

/** Something of the schema that the database lacks and that can be added without touching data. */
export type Missing =
  | { readonly kind: 'table'; readonly collection: CollectionDefinition }
  | {
      readonly kind: 'column'
      readonly collection: CollectionDefinition
      readonly field: FieldDefinition
    }
  | {
      readonly kind: 'default'
      readonly collection: CollectionDefinition
      readonly field: FieldDefinition
    }
  | {
      readonly kind: 'index'
      readonly collection: CollectionDefinition
      readonly index: IndexDefinition
    }

/** What `ensure('create')` adds, in order. */
export function findMissing(schema: SchemaDefinition, catalog: Catalog): Missing[] {
  return Array.from(schema.collections.values()).flatMap((collection): Missing[] => {
    const table = catalog.get(collection.table)
    const columns = table === undefined ? [] : missingColumns(collection, table)
    const defaults = collection.fieldList.filter(
      ({ column }) => table?.columns.get(column)?.lacksDefault,
    )
    const indexes = collection.indexes.filter(
      (index) =>
        table === undefined || (!hasIndex(table, index) && canIndex(table, columns, index)),
    )
    return [
      ...(table === undefined ? [{ kind: 'table' as const, collection }] : []),
      ...columns.map((field) => ({ kind: 'column' as const, collection, field })),
      ...defaults.map((field) => ({ kind: 'default' as const, collection, field })),
      ...indexes.map((index) => ({ kind: 'index' as const, collection, index })),
    ]
  })
}

/** Whether rows that exist already can be given a value for this field. */
function canBeAdded(field: FieldDefinition): boolean {
  // A reference that all rows are given at once would have to be checked for each of them.
  if (field.ref !== undefined) return field.nullable && field.constantDefault === undefined
  return field.nullable || field.managed !== undefined || field.constantDefault !== undefined
}

function whyNotAdded({ ref }: FieldDefinition): string {
  return ref === undefined
    ? 'and has neither a constant default nor is it nullable, so it cannot be added'
    : 'and cannot be added, which a reference can only where it is nullable and has no default'
}

/** Every column of the index is there, or about to be. */
function canIndex(table: CatalogTable, added: readonly FieldDefinition[], index: IndexDefinition) {
  return index.fields.every((field) => table.columns.has(field.column) || added.includes(field))
}

/**
 * A name for an index that no other index of the schema has: readable in front, unambiguous by its
 * end, and short enough for every engine.
 */
export function indexName({ table }: CollectionDefinition, { fields, unique }: IndexDefinition) {
  const columns = fields.map(({ column }) => column)
  // Names that begin with sqlite_ are SQLite's own; of an index, since no table is named so.
  const own = table.toLowerCase() === 'sqlite' ? '_' : ''
  const readable = [own + table, ...columns].join('_').slice(0, 45)
  const hash = hashText(canonicalJson([table, unique, ...columns])).slice(0, 8)
  return `${readable}_${unique ? 'unique' : 'index'}_${hash}`
}

/** The database refused to add something: its data or other parts of it are in the way. */
export function cannotAdd(missing: Missing, cause: Error): WherryError {
  return schemaMismatch([`${nameOf(missing)} cannot be added: ${cause.message}`], cause)
}

function nameOf(missing: Missing): string {
  const { table } = missing.collection
  switch (missing.kind) {
    case 'table':
      return `the table '${table}'`
    case 'column':
      return `the column '${table}.${missing.field.column}'`
    case 'default':
      return `the default of '${table}.${missing.field.column}'`
    case 'index': {
      const columns = missing.index.fields.map(({ column }) => column).join(', ')
      return `the ${missing.index.unique ? 'unique index' : 'index'} on '${table}' (${columns})`
    }
  }
}

function missingColumns(collection: CollectionDefinition, table: CatalogTable): FieldDefinition[] {
  return collection.fieldList.filter(
    (field) => !table.columns.has(field.column) && canBeAdded(field),
  )
}

/** Something that the service could not work with. */
export interface Problem {
  /** A table, or 'table.column'. */
  readonly subject: string
  readonly fault: string
  readonly mayBeAdded: boolean
}

/** Throws SchemaMismatch with everything that the service could not work with. */
export function checkCatalog(schema: SchemaDefinition, catalog: Catalog, fitsType: FitsType): void {
  refuse(findProblems(schema, catalog, fitsType))
}

/** Refuses before anything is added what adding cannot mend; so nothing is added in vain. */
export function refuseUnfit(problems: readonly Problem[]): void {
  refuse(problems.filter(({ mayBeAdded }) => !mayBeAdded))
}

/** Throws SchemaMismatch with these problems, if there is one. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  throw schemaMismatch(problems.map(({ subject, fault }) => `'${subject}' ${fault}`))
}

export function findProblems(
  schema: SchemaDefinition,
  catalog: Catalog,
  fitsType: FitsType,
): Problem[] {
  return Array.from(schema.collections.values()).flatMap((collection) => {
    const table = catalog.get(collection.table)
    return table === undefined
      ? [{ subject: collection.table, fault: 'is a table that is missing', mayBeAdded: true }]
      : tableProblems(collection, table, fitsType)
  })
}

function schemaMismatch(problems: readonly string[], cause?: unknown): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `The database does not fit the schema: ${problems.join('; ')}. ` +
      `Connect with { ensure: 'create' } (where the database may be written) to add what is ` +
      `missing, and migrate the rest`,
    { problems },
    cause,
  )
}

function tableProblems(
  collection: CollectionDefinition,
  table: CatalogTable,
  fitsType: FitsType,
): Problem[] {
  const { table: name, fieldList } = collection
  const problems = fieldList.flatMap((field) =>
    fieldFaults(field, table.columns.get(field.column), fitsType).map((fault) => ({
      subject: `${name}.${field.column}`,
      fault,
      mayBeAdded: !table.columns.has(field.column) && canBeAdded(field),
    })),
  )
  const say = (subject: string, fault: string, mayBeAdded = false) =>
    problems.push({ subject, fault, mayBeAdded })
  const known = new Set(fieldList.map(({ column }) => column))
  for (const [column, { nullable, hasDefault }] of table.columns) {
    if (known.has(column) || nullable || hasDefault) continue
    say(
      `${name}.${column}`,
      'is not in the schema, may not be null and has no default, so no row can be inserted',
    )
  }
  if (!sameColumns(collection.key, table.primaryKey)) {
    say(name, `has the primary key (${table.primaryKey.join(', ')})`)
  }
  // An upsert would change the row whose values are taken for the same.
  for (const { columns, isLoose } of table.indexes) {
    if (!isLoose || !isUnique(collection, columns)) continue
    say(
      name,
      `has a unique index on (${columns.join(', ')}) whose collation is not deterministic, so it ` +
        'takes different texts for the same',
    )
  }
  const added = missingColumns(collection, table)
  for (const index of collection.indexes) {
    if (!index.unique || hasIndex(table, index)) continue
    const columns = index.fields.map(({ column }) => column)
    const fault = `has no unique index on (${columns.join(', ')})`
    say(name, fault, canIndex(table, added, index))
  }
  return problems
}

function fieldFaults(
  field: FieldDefinition,
  column: CatalogColumn | undefined,
  fitsType: FitsType,
): string[] {
  if (column === undefined) {
    return [canBeAdded(field) ? 'is missing' : `is missing, ${whyNotAdded(field)}`]
  }
  const { kind, type, remedy, nullable, isGenerated } = column
  const faults: string[] = []
  if (!fitsType(field, column)) {
    const fault = `is of type ${kind ?? type}, which does not hold kind ${field.kind}`
    faults.push(remedy === undefined ? fault : `${fault} (${remedy})`)
  }
  if (nullable && !field.nullable) faults.push('may be null, the field may not')
  if (!nullable && field.nullable) faults.push('may not be null, the field may')
  if (isGenerated) faults.push('is computed by the database, which refuses what it is given')
  return faults
}

function hasIndex(table: CatalogTable, index: IndexDefinition): boolean {
  return table.indexes.some(
    ({ columns, unique }) => unique === index.unique && sameColumns(index.fields, columns),
  )
}

/** Whether an upsert may be by these columns. */
function isUnique({ key, indexes }: CollectionDefinition, columns: readonly string[]): boolean {
  const unique = indexes.flatMap((index) => (index.unique ? [index.fields] : []))
  return [key, ...unique].some((fields) => sameColumns(fields, columns))
}

function sameColumns(fields: readonly FieldDefinition[], columns: readonly string[]): boolean {
  return (
    fields.length === columns.length &&
    fields.every(({ column }, index) => column === columns[index])
  )
}
