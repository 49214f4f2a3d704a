import { sql, type RawBuilder } from 'kysely'
import type { CollectionDefinition, FieldDefinition } from '../../schema/definition.ts'
import { hashText } from '../../schema/hash.ts'
import type { DdlDialect } from '../sql/ddl.ts'
import { checkName, isCheckOf, kindLabel } from '../sql/kind-name.ts'

import { mysqlDialect } from './dialect.ts'
import { collations, columnType, encode, isText, timeText, type Flavor } from './values.ts'

/** The longest name that the engines allow. */
const longestName = 64

export function mysqlDdl(flavor: Flavor): DdlDialect {
  const collation = sql.raw(`character set utf8mb4 collate ${collations[flavor]}`)
  return {
    kysely: mysqlDialect(flavor).kysely,
    columnType(field) {
      const type = sql.raw(columnType(field))
      const typed = isText(field) ? sql`${type} ${collation}` : type
      // The comment tells kinds apart which have one type, such as int and bigint.
      return sql`${typed} comment ${sql.lit(kindLabel(field))}`
    },
    check(field, collection) {
      const holds = kindCheck(field)
      return holds && { ...nameOfCheck(flavor, collection, field), holds }
    },
    literal: (field, value) => literal(encode(field, value)),
    // Not current_timestamp, which is in the time zone of whoever inserts.
    now: sql`(utc_timestamp(3))`,
    indexColumn: ({ column }) => sql.ref(column),
    tableEnd: sql`engine = InnoDB row_format = dynamic default ${collation}`,
    addedNow: (nowMs) => literal(timeText(new Date(nowMs))),
    altersDefaults: true,
    // Of those with columns MySQL takes no notice.
    references: 'beside columns',
  }
}

/** MariaDB names the CHECK of a column after it; in MySQL a name belongs to one table of the database. */
function nameOfCheck(
  flavor: Flavor,
  { table }: CollectionDefinition,
  field: FieldDefinition,
): { readonly name?: string } {
  return flavor === 'mariadb' ? {} : { name: checkName(namedWithin(table, field), longestName) }
}

function namedWithin(table: string, field: FieldDefinition): FieldDefinition {
  const hash = hashText(`${table}.${field.column}`).slice(0, 8)
  return { ...field, column: `${field.column.slice(0, 24)}_${hash}` }
}

/** The field whose CHECK of ours is named so, which only MySQL's tell; undefined where it is another's. */
export function fieldOfCheck(
  { table, fieldList }: CollectionDefinition,
  name: string,
): FieldDefinition | undefined {
  return fieldList.find((field) => isCheckOf(namedWithin(table, field), name, longestName))
}

/** What the CHECKs of ours say, as MariaDB writes it, that a write of the service may come upon. */
const ofOurs = /^(`\w+` between -9007199254740991 and 9007199254740991|json_valid\(`\w+`\)( = 1)?)$/

/** Whether a CHECK keeps a column within its kind, as those of ours do, and MariaDB's own of its type json. */
export function isOfKind(clause: string): boolean {
  return ofOurs.test(clause)
}

/** What keeps a column within its kind's range: increments happen here, and others write too. */
function kindCheck(field: FieldDefinition): RawBuilder<unknown> | undefined {
  const column = sql.ref(field.column)
  switch (field.kind) {
    case 'int':
      return sql`${column} between -9007199254740991 and 9007199254740991`
    case 'boolean':
      return sql`${column} in (0, 1)`
    case 'timestamp':
    case 'date':
      // Others may write days that no calendar has, as MySQL's old modes allow.
      return sql`${column} >= '0001-01-01'`
    case 'json':
    case 'array':
      // Not json_valid() alone, by which MariaDB tells drivers to parse what they read.
      return sql`json_valid(${column}) = 1`
    default:
      return undefined
  }
}

/** In parentheses, without which MySQL takes no default for long texts. */
function literal(value: unknown): RawBuilder<unknown> {
  if (Buffer.isBuffer(value)) return sql`(unhex(${sql.lit(value.toString('hex'))}))`
  return typeof value === 'bigint' ? sql.raw(`(${value})`) : sql`(${sql.lit(value)})`
}
