import { sql, type RawBuilder } from 'kysely'
import type { FieldDefinition } from '../../schema/definition.ts'
import { readLabel, type KindLabel } from '../sql/kind-name.ts'

/** What the CHECKs of a table name, by column. */
export function readLabels(createTable: string): ReadonlyMap<string, KindLabel | undefined> {
  const named = createTable.matchAll(/constraint "(\w+): ([^"]+)" check/g)
  return new Map(Array.from(named, ([, column, label]) => [column!, readLabel(label!)]))
}

/** Columns that others gave an order of their own, which compares texts as no other engine does. */
export function readCollations(createTable: string): ReadonlyMap<string, string> {
  // Each definition: a name, then words and parentheses (two deep) up to the next comma.
  const definitions = createTable.matchAll(
    /[(,]\s*["'`[]?(\w+)["'`\]]?\s((?:\((?:[^()]|\([^()]*\))*\)|[^,()])*)/g,
  )
  const collated = Array.from(definitions, ([, column, rest]) => {
    const collation = /\bcollate\s+["'`[]?(nocase|rtrim)\b/i.exec(rest!)
    return [column!, collation?.[1]] as const
  })
  return new Map(collated.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * What keeps a column within its kind's range where the column type alone does not: increments
 * happen in the engine, and other programs write too.
 */
export function kindCheck(field: FieldDefinition): RawBuilder<unknown> | undefined {
  const column = sql.ref(field.column)
  // Null is no JSON to the SQLite of other programs, where that is older than ours.
  const isJson = sql`${column} is null or json_valid(${column})`
  switch (field.kind) {
    case 'int':
      return sql`${column} between -9007199254740991 and 9007199254740991`
    case 'decimal': {
      const most = sql.raw('9'.repeat(field.precision ?? 18))
      return sql`${column} between -${most} and ${most}`
    }
    case 'float':
      return sql`abs(${column}) <= 1.7976931348623157e308`
    case 'boolean':
      return sql`${column} in (0, 1)`
    case 'timestamp':
      return sql`${column} between -62135596800000 and 253402300799999`
    case 'date':
      return sql`${column} glob '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'`
    case 'json':
      return isJson
    case 'array':
      return sql`${isJson} and json_type(${column}) = 'array'`
    default:
      return undefined
  }
}
