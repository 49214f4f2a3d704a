import type { FieldDefinition } from '../../schema/definition.ts'
import type { Catalog, CatalogColumn, CatalogTable } from '../sql/ensure.ts'
import { kindName } from '../sql/kind-name.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import { collations, columnType, isText } from './values.ts'

const readColumns = `
select table_name, column_name, column_type, collation_name, is_nullable,
  column_default is not null or extra like '%auto_increment%' or extra like '%generated%',
  column_comment
from information_schema.columns where table_schema = database() order by ordinal_position`

/** A column of an index that is made of an expression, or of a part of a text, has no name here. */
const readIndexes = `
select table_name, index_name, non_unique,
  case when sub_part is null then column_name end
from information_schema.statistics where table_schema = database()
order by table_name, index_name, seq_in_index`

type ColumnInfo = [
  table: string,
  name: string,
  type: string,
  collation: string | null,
  isNullable: 'YES' | 'NO',
  hasDefault: unknown,
  comment: string,
]

type IndexInfo = [table: string, name: string, nonUnique: unknown, column: string | null]

/** Which tables, columns and indexes the database has. */
export async function readCatalog(connection: SqlConnection): Promise<Catalog> {
  const columns = (await connection.run({ sql: readColumns })).rows as ColumnInfo[]
  const indexes = (await connection.run({ sql: readIndexes })).rows as IndexInfo[]
  const tables = new Map(
    columns.map(([table]): [string, Found] => [table, { columns: new Map(), indexes: new Map() }]),
  )
  for (const column of columns) tables.get(column[0])!.columns.set(column[1], readColumn(column))
  for (const [table, name, nonUnique, column] of indexes) {
    const known = tables.get(table)!.indexes
    const index = known.get(name) ?? { unique: Number(nonUnique) === 0, columns: [] }
    index.columns.push(column ?? '')
    known.set(name, index)
  }
  return new Map(Array.from(tables, ([name, found]) => [name, tableOf(found)]))
}

interface Found {
  readonly columns: Map<string, CatalogColumn>
  readonly indexes: Map<string, { readonly unique: boolean; readonly columns: string[] }>
}

function tableOf({ columns, indexes }: Found): CatalogTable {
  const primaryKey = indexes.get('PRIMARY')?.columns ?? []
  indexes.delete('PRIMARY')
  return { columns, primaryKey, indexes: Array.from(indexes.values()) }
}

function readColumn([
  ,
  ,
  type,
  collation,
  nullable,
  hasDefault,
  comment,
]: ColumnInfo): CatalogColumn {
  const isOfBytes = collation === null || Object.values(collations).includes(collation)
  return {
    // MariaDB and old MySQLs say how wide a number is shown.
    type: `${type.replace(/int\(\d+\)/, 'int')}${isOfBytes ? '' : ` collate ${collation}`}`,
    ...(kindForm.test(comment) && { kind: comment }),
    nullable: nullable === 'YES',
    hasDefault: Number(hasDefault) === 1,
  }
}

/** What `kindName` gives; a comment that people wrote is more than one word. */
const kindForm =
  /^(array of )?(id|text|enum|int|bigint|float|boolean|timestamp|date|bytes|json|array|decimal\(\d+, \d+\))$/

/**
 * Whether a column holds a kind: the very kind that its comment names, if it names one, and in any
 * case a type that holds all values of it and compares them as the contract does.
 */
export function fitsType(field: FieldDefinition, { kind, type }: CatalogColumn): boolean {
  if (kind !== undefined && kind !== kindName(field)) return false
  const [base = type] = type.split(' collate ')
  if (field.kind === 'json' || field.kind === 'array')
    return /^(longtext|mediumtext|json)$/.test(base)
  if (isText(field)) {
    const [, length] = /^varchar\((\d+)\)$/.exec(type) ?? []
    return length === undefined
      ? /^(text|mediumtext|longtext)$/.test(type)
      : Number(length) >= (field.maxLength ?? (field.kind === 'text' ? Infinity : 191))
  }
  switch (field.kind) {
    case 'int':
      return /^(tiny|small|medium|big)?int$/.test(type)
    case 'bytes':
      return /^(|medium|long)blob$/.test(type)
    default:
      return type === columnType(field).replace(/int\(\d+\)/, 'int')
  }
}
