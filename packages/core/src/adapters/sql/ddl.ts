import { sql, type ColumnDefinitionBuilder, type Kysely, type RawBuilder } from 'kysely'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  SchemaDefinition,
} from '../../schema/definition.ts'
import type { Tables } from './dialect.ts'
import { indexName, type Missing } from './ensure.ts'
import { shorten } from './shorten.ts'

/** What differs between engines in the statements that make tables. */
export interface DdlDialect {
  readonly kysely: Kysely<Tables>
  columnType(field: FieldDefinition, collection: CollectionDefinition): RawBuilder<unknown>
  /** What keeps a column within its kind where the type alone does not, and the name of that CHECK. */
  check(
    field: FieldDefinition,
    collection: CollectionDefinition,
  ): { readonly name?: string; readonly holds: RawBuilder<unknown> } | undefined
  /** The default that rows of other programs get for a constant, or for a time of the service's. */
  literal(field: FieldDefinition, value: unknown): RawBuilder<unknown>
  readonly now: RawBuilder<unknown>
  /** What rows that exist get as their times in a column that is added. */
  addedNow(nowMs: number): RawBuilder<unknown>
  /** How a field stands in an index. */
  indexColumn(field: FieldDefinition): RawBuilder<unknown>
  /** Stands behind the columns of a table. */
  readonly tableEnd?: RawBuilder<unknown>
  /** Whether a default can be changed. Where it cannot, it stays as it was added. */
  readonly altersDefaults: boolean
  /**
   * Where references are declared: with their columns or in the statements that add these, both
   * before what they refer to is there; or afterwards, by statements of their own. Where these
   * commit one by one, a reference that comes afterwards may never come.
   */
  readonly references: 'with columns' | 'beside columns' | 'afterwards'
}

export interface AddStatement {
  readonly sql: string
  /** What it adds, for the message when the database refuses. */
  readonly missing: Missing
}

/**
 * The statements that add what is missing, in their order. `nowMs` is what rows that exist get as
 * their times.
 */
export function addStatements(
  ddl: DdlDialect,
  schema: SchemaDefinition,
  missing: readonly Missing[],
  nowMs: number,
): AddStatement[] {
  const added = missing.flatMap((each) =>
    statementsFor(ddl, schema, each, nowMs).map((statement) => ({ sql: statement, missing: each })),
  )
  if (ddl.references !== 'afterwards') return added
  const references = missing.flatMap((each) =>
    referencingFields(each).map((field) => ({
      sql: addReference(ddl, schema, each.collection, field),
      missing: each,
    })),
  )
  return [...added, ...references]
}

function statementsFor(
  ddl: DdlDialect,
  schema: SchemaDefinition,
  missing: Missing,
  nowMs: number,
): string[] {
  switch (missing.kind) {
    case 'table':
      return [createTable(ddl, schema, missing.collection)]
    case 'column':
      return addColumn(ddl, schema, missing.collection, missing.field, nowMs)
    case 'default':
      return [setDefault(ddl, missing.collection, missing.field)]
    case 'index':
      return [createIndex(ddl, missing.collection, missing.index)]
  }
}

function createTable(
  ddl: DdlDialect,
  schema: SchemaDefinition,
  collection: CollectionDefinition,
): string {
  let table = ddl.kysely.schema.createTable(collection.table)
  for (const field of collection.fieldList) {
    table = table.addColumn(field.column, ddl.columnType(field, collection) as never, (column) =>
      refer(ddl, schema, collection, field, describe(ddl, collection, field, column)),
    )
  }
  const key = collection.key.map(({ column }) => column)
  const keyed = table.addPrimaryKeyConstraint(`${shorten(collection.table, 50)}_key`, key as never)
  return (ddl.tableEnd === undefined ? keyed : keyed.modifyEnd(ddl.tableEnd)).compile().sql
}

function addColumn(
  ddl: DdlDialect,
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  field: FieldDefinition,
  nowMs: number,
): string[] {
  const isTime = field.managed !== undefined && field.managed !== 'version'
  const value = isTime ? ddl.addedNow(nowMs) : tableDefault(ddl, field)
  const added = ddl.kysely.schema
    .alterTable(collection.table)
    .addColumn(field.column, ddl.columnType(field, collection) as never, (column) => {
      const described = describe(ddl, collection, field, column, value)
      return refer(ddl, schema, collection, field, described, 'add ')
    })
    .compile().sql
  return isTime && ddl.altersDefaults ? [added, setDefault(ddl, collection, field)] : [added]
}

function setDefault(
  { kysely, now }: DdlDialect,
  { table }: CollectionDefinition,
  field: FieldDefinition,
): string {
  return kysely.schema
    .alterTable(table)
    .alterColumn(field.column, (column) => column.setDefault(now))
    .compile().sql
}

function createIndex(
  ddl: DdlDialect,
  collection: CollectionDefinition,
  index: IndexDefinition,
): string {
  const columns = sql.join(index.fields.map((field) => ddl.indexColumn(field)))
  const unique = sql.raw(index.unique ? 'unique ' : '')
  const name = sql.id(indexName(collection, index))
  return sql`create ${unique}index ${name} on ${sql.table(collection.table)} (${columns})`.compile(
    ddl.kysely,
  ).sql
}

function describe(
  ddl: DdlDialect,
  collection: CollectionDefinition,
  field: FieldDefinition,
  column: ColumnDefinitionBuilder,
  defaultValue: RawBuilder<unknown> | undefined = tableDefault(ddl, field),
): ColumnDefinitionBuilder {
  let described = field.nullable ? column : column.notNull()
  if (defaultValue !== undefined) described = described.defaultTo(defaultValue)
  const check = ddl.check(field, collection)
  if (check === undefined) return described
  const named = check.name === undefined ? sql`` : sql`constraint ${sql.id(check.name)} `
  return described.modifyEnd(sql`${named}check (${check.holds})`)
}

/** Declares with a column, or beside it, what it refers to. Beside one that is added, it is added too. */
function refer(
  { references }: DdlDialect,
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  field: FieldDefinition,
  column: ColumnDefinitionBuilder,
  add: 'add ' | '' = '',
): ColumnDefinitionBuilder {
  if (field.ref === undefined || references === 'afterwards') return column
  if (references === 'beside columns')
    return column.modifyEnd(sql`, ${sql.raw(add)}${reference(schema, collection, field)}`)
  const target = schema.collections.get(field.ref)!
  return column.references(`${target.table}.${target.key[0]!.column}`)
}

function referencingFields(missing: Missing): readonly FieldDefinition[] {
  if (missing.kind !== 'table' && missing.kind !== 'column') return []
  const fields = missing.kind === 'table' ? missing.collection.fieldList : [missing.field]
  return fields.filter(({ ref }) => ref !== undefined)
}

function addReference(
  { kysely }: DdlDialect,
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  field: FieldDefinition,
): string {
  const added = reference(schema, collection, field)
  return sql`alter table ${sql.table(collection.table)} add ${added}`.compile(kysely).sql
}

function reference(
  schema: SchemaDefinition,
  collection: CollectionDefinition,
  field: FieldDefinition,
): RawBuilder<unknown> {
  const { table, key } = schema.collections.get(field.ref!)!
  const name = indexName(collection, { fields: [field], unique: false }).replace('_index_', '_ref_')
  return sql`constraint ${sql.id(name)} foreign key (${sql.ref(field.column)})
    references ${sql.table(table)} (${sql.ref(key[0]!.column)})`
}

/** The default that rows of other programs get. */
function tableDefault(ddl: DdlDialect, field: FieldDefinition): RawBuilder<unknown> | undefined {
  if (field.managed === 'version') return sql.lit(1)
  if (field.managed !== undefined) return ddl.now
  if (field.constantDefault === undefined) return undefined
  return ddl.literal(field, field.constantDefault)
}
