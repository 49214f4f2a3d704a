import type { FieldDefinition } from '../../schema/definition.ts'
import type { Catalog, CatalogColumn, CatalogTable } from '../sql/ensure.ts'
import type { SqliteDatabase } from './driver.ts'
import { kindName } from '../sql/kind-name.ts'
import { readCollations, readKinds } from './kind-checks.ts'
import { columnTypes } from './values.ts'

/** Which tables, columns and indexes the database has. */
export function readCatalog(db: SqliteDatabase): Catalog {
  const tables = db.prepare(`select name, sql from sqlite_schema where type = 'table'`).all()
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
}

function readTable(db: SqliteDatabase, table: string, createTable: string): CatalogTable {
  const kinds = readKinds(createTable)
  const collations = readCollations(createTable)
  const columns = db.prepare('select * from pragma_table_info(?)').all(table) as ColumnInfo[]
  const indexes = db.prepare('select name, "unique", partial from pragma_index_list(?)').all(table)
  return {
    columns: new Map(
      columns.map(({ name, type, notnull, dflt_value, pk }) => [
        name,
        // An INTEGER PRIMARY KEY is never null although nothing says so.
        {
          type: [type, collations.get(name)].filter(Boolean).join(' collate '),
          ...(kinds.has(name) && { kind: kinds.get(name)! }),
          nullable: notnull === 0 && pk === 0,
          hasDefault: dflt_value !== null,
        },
      ]),
    ),
    primaryKey: columns
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
    indexes: (indexes as { name: string; unique: number; partial: number }[])
      .filter(({ partial }) => partial === 0)
      .map(({ name, unique }) => ({ columns: indexColumns(db, name), unique: unique === 1 })),
  }
}

function indexColumns(db: SqliteDatabase, index: string): string[] {
  const columns = db.prepare('select name from pragma_index_info(?) order by seqno').all(index)
  return (columns as { name: string }[]).map(({ name }) => name)
}

/**
 * Whether a column holds a kind: the very kind that its CHECK names, or, in tables that others
 * made, what the declared type comes to by SQLite's rules of affinity (sqlite.org/datatype3.html,
 * section 3.1).
 */
export function fitsType(field: FieldDefinition, { kind, type }: CatalogColumn): boolean {
  if (type.includes(' collate ')) return false
  return kind === undefined ? affinity(type) === columnTypes[field.kind] : kind === kindName(field)
}

function affinity(type: string): string {
  if (/int/i.test(type)) return 'int'
  if (/char|clob|text/i.test(type)) return 'text'
  if (/blob/i.test(type)) return 'blob'
  return /real|floa|doub/i.test(type) ? 'real' : 'numeric'
}
