import type { ValueType } from '../../schema/definition.ts'
import { maxIndexedLength } from '../../schema/kinds.ts'
import type { Catalog, CatalogColumn, CatalogTable } from '../sql/ensure.ts'
import { isKindOf, labelOfCheck } from '../sql/kind-name.ts'
import { literalText } from '../sql/literal.ts'
import type { SqlConnection } from '../sql/server/connection.ts'
import { columnTypes } from './values.ts'

/**
 * All tables that the search path finds first, as JSON: one row for each. A collation is told where
 * it is not that of bytes, which C, POSIX and the C of UTF-8 are. Unique is an index that is so at
 * once, and lets many rows be null.
 */
const readTables = `
select c.relname, (
  select json_agg(json_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'collation', (
      select nullif(case l.collname when 'default' then d.datcollate else l.collname end, 'C')
      from pg_collation l, pg_database d
      where l.oid = a.attcollation and d.datname = current_database()),
    'nullable', not a.attnotnull,
    'hasDefault', a.atthasdef or a.attidentity <> '' or a.attgenerated <> '',
    'default', (
      select pg_get_expr(v.adbin, v.adrelid) from pg_attrdef v
      where v.adrelid = c.oid and v.adnum = a.attnum and a.attgenerated = ''),
    'isGenerated', a.attidentity = 'a' or a.attgenerated <> '',
    'references', (
      select json_build_object('table', r.relname, 'column', k.attname)
      from pg_constraint f
      join pg_class r on r.oid = f.confrelid and r.relnamespace = c.relnamespace
      join pg_attribute k on k.attrelid = r.oid and k.attnum = f.confkey[1]
      where f.conrelid = c.oid and f.contype = 'f' and f.conkey = array[a.attnum] limit 1),
    'check', (
      select n.conname from pg_constraint n
      where n.conrelid = c.oid and n.contype = 'c' and n.conkey = array[a.attnum]
      order by n.conname like '%: %' desc limit 1)
  ) order by a.attnum)
  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
), (
  select coalesce(json_agg(json_build_object(
    'unique', i.indisunique and i.indimmediate
      and not coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false),
    'isLoose', i.indisunique and exists (
      select from pg_collation l
      where l.oid = any(i.indcollation::oid[]) and not l.collisdeterministic),
    'primary', i.indisprimary,
    'columns', (
      select json_agg(a.attname order by k.place)
      from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where k.place <= i.indnkeyatts)
  ) order by i.indexrelid), '[]')
  from pg_index i
  where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indexprs is null
)
from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace`

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly collation: string | null
  readonly nullable: boolean
  readonly hasDefault: boolean
  readonly default: string | null
  readonly isGenerated: boolean
  readonly references: NonNullable<CatalogColumn['references']> | null
  readonly check: string | null
}

interface IndexInfo {
  readonly unique: boolean
  readonly isLoose: boolean
  readonly primary: boolean
  readonly columns: readonly string[]
}

/** Which tables, columns and indexes the database has. */
export async function readCatalog(connection: SqlConnection): Promise<Catalog> {
  const { rows } = await connection.run({ sql: readTables })
  return new Map(
    (rows as [string, string | null, string][]).map(([name, columns, indexes]) => [
      name,
      readTable(
        name,
        JSON.parse(columns ?? '[]') as ColumnInfo[],
        JSON.parse(indexes) as IndexInfo[],
      ),
    ]),
  )
}

function readTable(
  table: string,
  columns: readonly ColumnInfo[],
  indexes: readonly IndexInfo[],
): CatalogTable {
  return {
    columns: new Map(columns.map((column) => [column.name, readColumn(table, column)])),
    primaryKey: indexes.find(({ primary }) => primary)?.columns ?? [],
    indexes: indexes
      .filter(({ primary }) => !primary)
      .map(({ columns: indexed, unique, isLoose }) => ({
        columns: indexed,
        unique: unique && !isLoose,
        ...(isLoose && { isLoose }),
      })),
  }
}

function readColumn(table: string, info: ColumnInfo): CatalogColumn {
  const { name, type, collation, nullable, hasDefault, isGenerated, references } = info
  const isOfBytes = collation === null || /^(posix|ucs_basic|pg_c_utf8|c\.utf-?8)$/i.test(collation)
  const constant = literalText(info.default ?? '')
  return {
    type: isOfBytes ? type : `${type} collate "${collation}"`,
    ...(isOtherwisePrecise(type) && {
      remedy: `for a t.timestamp(), alter table "${table}" alter column "${name}" type timestamptz(3)`,
    }),
    ...labelOfCheck(info.check ?? ''),
    nullable,
    hasDefault,
    ...(constant !== undefined && { constant }),
    ...(isGenerated && { isGenerated }),
    ...(references !== null && { references }),
  }
}

/** Times in other units than those of a Date: rows that differ would seem equal, or values change. */
function isOtherwisePrecise(type: string): boolean {
  return type !== columnTypes.timestamp && /^timestamp(\(\d\))? with time zone$/.test(type)
}

/**
 * Whether a column holds a kind: the very kind that its CHECK names and, in any case, a type that
 * holds all values of it and orders them as the contract does.
 */
export function fitsType(wanted: ValueType, { kind, type }: CatalogColumn): boolean {
  if (kind !== undefined && !isKindOf(kind, wanted)) return false
  switch (wanted.kind) {
    case 'id':
    case 'text':
    case 'enum': {
      const [, length] = /^character varying\((\d+)\)$/.exec(type) ?? []
      return length === undefined
        ? type === 'text' || type === 'character varying'
        : Number(length) >= longestText(wanted)
    }
    case 'int':
      return type === 'bigint' || type === 'integer' || type === 'smallint'
    case 'decimal':
      return type === `numeric(${wanted.precision},${wanted.scale})`
    default:
      return type === columnTypes[wanted.kind]
  }
}

function longestText({ kind, maxLength }: ValueType): number {
  return maxLength ?? (kind === 'text' ? Infinity : maxIndexedLength)
}

/** The views, which are none of the tables. */
export async function readViews(connection: SqlConnection): Promise<string[]> {
  const { rows } = await connection.run({
    sql: `select relname from pg_class
      where relkind in ('v', 'm') and relnamespace = current_schema()::regnamespace`,
  })
  return (rows as [string][]).map(([name]) => name)
}
