import { scaledToDecimal } from '../../schema/decimal.ts'
import type { ValueType } from '../../schema/definition.ts'
import type { Catalog, CatalogColumn, CatalogTable } from '../sql/ensure.ts'
import { isKindOf, typeOfKind, type KindLabel } from '../sql/kind-name.ts'
import { literalText } from '../sql/literal.ts'
import type { SqliteDatabase } from './driver.ts'
import { readCollations, readLabels } from './kind-checks.ts'
import { columnTypes } from './values.ts'

/** Which tables, columns and indexes the database has. */
export function readCatalog(db: SqliteDatabase): Catalog {
  const tables = db
    .prepare(
      `select name, sql from sqlite_schema where type = 'table' and substr(name, 1, 7) <> 'sqlite_'`,
    )
    .all()
  return new Map(
    (tables as { name: string; sql: string | null }[]).map(({ name, sql }) => [
      name,
      readTable(db, name, sql ?? ''),
    ]),
  )
}

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly dflt_value: string | null
  /** Its place in the primary key, from 1; 0 for other columns. */
  readonly pk: number
  /** 2 and 3 are columns that are computed. */
  readonly hidden: number
}

interface ReferenceInfo {
  readonly from: string
  readonly table: string
  /** Null: the primary key. */
  readonly column: string | null
}

function readTable(db: SqliteDatabase, table: string, createTable: string): CatalogTable {
  const labels = readLabels(createTable)
  const collations = readCollations(createTable)
  const columns = db.prepare('select * from pragma_table_xinfo(?)').all(table) as ColumnInfo[]
  const references = db.prepare(readReferences).all(table) as ReferenceInfo[]
  return {
    columns: new Map(
      columns.map((info) => [
        info.name,
        readColumn(
          info,
          labels.get(info.name),
          collations.get(info.name),
          references.find(({ from }) => from === info.name),
        ),
      ]),
    ),
    primaryKey: columns
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
    indexes: readIndexes(db, table),
  }
}

const readReferences = `
select min("from") as "from", "table", min("to") as "column"
from pragma_foreign_key_list(?) group by id having count(*) = 1`

function readColumn(
  { type, notnull, dflt_value, pk, hidden }: ColumnInfo,
  label: KindLabel | undefined,
  collation: string | undefined,
  reference: ReferenceInfo | undefined,
): CatalogColumn {
  const isGenerated = hidden > 1
  const constant = dflt_value === null ? undefined : constantText(dflt_value, label)
  return {
    type: [type, collation].filter(Boolean).join(' collate '),
    ...label,
    // An INTEGER PRIMARY KEY is never null although nothing says so.
    nullable: notnull === 0 && pk === 0,
    hasDefault: dflt_value !== null || isGenerated,
    ...(constant !== undefined && { constant }),
    ...(isGenerated && { isGenerated }),
    ...(reference && { references: { table: reference.table, column: reference.column } }),
  }
}

/** Decimals stand as scaled whole numbers here. */
function constantText(expression: string, label: KindLabel | undefined): string | undefined {
  const text = literalText(expression)
  const { kind, scale = 0 } = typeOfKind(label?.kind ?? 'text')
  if (text === undefined || kind !== 'decimal') return text
  return /^-?\d+$/.test(text) ? scaledToDecimal(BigInt(text), scale) : undefined
}

/** Those of all rows. */
function readIndexes(db: SqliteDatabase, table: string): CatalogTable['indexes'] {
  const list = db.prepare('select name, "unique", partial from pragma_index_list(?)').all(table)
  return (list as { name: string; unique: number; partial: number }[])
    .filter(({ partial }) => partial === 0)
    .map(({ name, unique }) => ({ columns: indexColumns(db, name), unique: unique === 1 }))
}

/** What an index holds otherwise than as its column does has no name here. */
function indexColumns(db: SqliteDatabase, index: string): string[] {
  const columns = db
    .prepare('select name, coll from pragma_index_xinfo(?) where key order by seqno')
    .all(index) as { name: string | null; coll: string }[]
  return columns.map(({ name, coll }) => (coll === 'BINARY' ? (name ?? '') : ''))
}

export function readViews(db: SqliteDatabase): string[] {
  const views = db.prepare(`select name from sqlite_schema where type = 'view'`).all()
  return (views as { name: string }[]).map(({ name }) => name)
}

/**
 * Whether a column holds a kind: the very kind that its CHECK names, or, in tables that others
 * made, what the declared type comes to by SQLite's rules of affinity (sqlite.org/datatype3.html,
 * section 3.1).
 */
export function fitsType(wanted: ValueType, { kind, type }: CatalogColumn): boolean {
  if (type.includes(' collate ')) return false
  return kind === undefined ? affinity(type) === columnTypes[wanted.kind] : isKindOf(kind, wanted)
}

function affinity(type: string): string {
  if (/int/i.test(type)) return 'int'
  if (/char|clob|text/i.test(type)) return 'text'
  if (/blob/i.test(type)) return 'blob'
  return /real|floa|doub/i.test(type) ? 'real' : 'numeric'
}
