import type { ValueType } from '../../schema/definition.ts'
import { maxIndexedLength } from '../../schema/kinds.ts'
import type { Catalog, CatalogColumn, CatalogTable } from '../sql/ensure.ts'
import { isKindOf, readLabel } from '../sql/kind-name.ts'
import { literalText } from '../sql/literal.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import { collations, columnType, isText } from './values.ts'

const readColumns = `
select table_name, column_name, column_type, collation_name, is_nullable,
  column_default is not null or extra like '%auto_increment%' or extra like '%generated%',
  column_default, generation_expression <> '', column_comment
from information_schema.columns join information_schema.tables using (table_schema, table_name)
where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
order by ordinal_position`

/** Of one column each. */
const readReferences = `
select table_name, min(column_name), min(referenced_table_name), min(referenced_column_name)
from information_schema.key_column_usage
where table_schema = database() and referenced_table_schema = database()
group by table_name, constraint_name having count(*) = 1`

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
  defaultValue: string | null,
  isGenerated: unknown,
  comment: string,
]

type ReferenceInfo = [table: string, column: string, target: string, targetColumn: string]

type IndexInfo = [table: string, name: string, nonUnique: unknown, column: string | null]

/** Which tables, columns and indexes the database has. */
export async function readCatalog(connection: SqlConnection): Promise<Catalog> {
  const columns = (await connection.run({ sql: readColumns })).rows as ColumnInfo[]
  const indexes = (await connection.run({ sql: readIndexes })).rows as IndexInfo[]
  const references = (await connection.run({ sql: readReferences })).rows as ReferenceInfo[]
  const tables = new Map(
    columns.map(([table]): [string, Found] => [table, { columns: new Map(), indexes: new Map() }]),
  )
  for (const column of columns) {
    const [table, name] = column
    const reference = references.find((each) => each[0] === table && each[1] === name)
    tables.get(table)!.columns.set(name, readColumn(column, reference))
  }
  for (const [table, name, nonUnique, column] of indexes) {
    const known = tables.get(table)?.indexes
    // The second look may see a table that another process has made since the first.
    if (known === undefined) continue
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
  const key = indexes.get('PRIMARY')?.columns ?? []
  indexes.delete('PRIMARY')
  // One of parts of texts is no key to anybody but the server.
  const primaryKey = key.includes('') ? [] : key
  return { columns, primaryKey, indexes: Array.from(indexes.values()) }
}

function readColumn(info: ColumnInfo, reference: ReferenceInfo | undefined): CatalogColumn {
  const [, , type, collation, nullable, hasDefault, defaultValue, isGenerated, comment] = info
  const isOfBytes = collation === null || Object.values(collations).includes(collation)
  const constant = literalText(plainLiteral(defaultValue ?? ''))
  const label = readLabel(comment)
  const isTime = label?.managed !== undefined && label.managed !== 'version'
  const [, , table, column] = reference ?? []
  return {
    // MariaDB and old MySQLs say how wide a number is shown.
    type: `${type.replace(/int\(\d+\)/, 'int')}${isOfBytes ? '' : ` collate ${collation}`}`,
    ...label,
    nullable: nullable === 'YES',
    hasDefault: Number(hasDefault) === 1,
    ...(constant !== undefined && { constant }),
    ...(constant !== undefined && isTime && { lacksDefault: true }),
    ...(Number(isGenerated) === 1 && { isGenerated: true }),
    ...(table !== undefined && { references: { table, column: column! } }),
  }
}

/** MySQL shows the texts in expressions as _utf8mb4\'text\'. */
function plainLiteral(expression: string): string {
  const [, text] = /^\(?_utf8mb4\\'(.*)\\'\)?$/s.exec(expression) ?? []
  return text === undefined ? expression : `'${text}'`
}

/**
 * Whether a column holds a kind: the very kind that its comment names, if it names one, and in any
 * case a type that holds all values of it and compares them as the contract does.
 */
export function fitsType(wanted: ValueType, { kind, type }: CatalogColumn): boolean {
  if (kind !== undefined && !isKindOf(kind, wanted)) return false
  const [base = type] = type.split(' collate ')
  if (wanted.kind === 'json' || wanted.kind === 'array')
    return /^(longtext|mediumtext|json)$/.test(base)
  if (isText(wanted)) {
    const [, length] = /^varchar\((\d+)\)$/.exec(type) ?? []
    return length === undefined
      ? /^(text|mediumtext|longtext)$/.test(type)
      : Number(length) >=
          (wanted.maxLength ?? (wanted.kind === 'text' ? Infinity : maxIndexedLength))
  }
  switch (wanted.kind) {
    case 'int':
      // What is beyond a smaller type is refused as out of range.
      return /^(bigint|(tiny|small|medium)?int( unsigned)?)$/.test(type)
    case 'bytes':
      return /^(|medium|long)blob$/.test(type)
    default:
      return type === columnType(wanted).replace(/int\(\d+\)/, 'int')
  }
}

/** The views, which are none of the tables. */
export async function readViews(connection: SqlConnection): Promise<string[]> {
  const { rows } = await connection.run({
    sql: `select table_name from information_schema.views where table_schema = database()`,
  })
  return (rows as [string][]).map(([name]) => name)
}
