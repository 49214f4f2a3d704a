import type { Catalog } from './ensure.ts'

/**
 * `wherry_schema` has the hashes of the schemas that have been here, in the order in which they
 * came. A service puts its triggers in the place of those of earlier schemas and leaves those of
 * later ones: of a deployment, what still runs or returns takes nothing from what came after it.
 */
export const readSchemas = 'select hash from wherry_schema order by number'
const record = 'insert into wherry_schema (hash) values'

/** A trigger of ours, of whatever schema. In its text the hash is a literal. */
export interface FoundTrigger {
  readonly table: string
  readonly text: string
}

/**
 * The statements that put a schema behind all that have been here: those which are recorded, and
 * those of which only triggers tell, since they were made before there was a record.
 */
export function recordSchema(
  hash: string,
  recorded: readonly string[],
  found: readonly FoundTrigger[],
): string[] {
  if (recorded.includes(hash)) return []
  const literals = found.flatMap(({ text }) => Array.from(text.matchAll(/'([0-9a-f]{16})'/g)))
  const earlier = new Set(literals.map(([, each]) => each!))
  for (const each of [...recorded, hash]) earlier.delete(each)
  return [...earlier, hash].map((each) => `${record} ('${each}')`)
}

/** Whether a statement only records a schema, so that without it no change is missed. */
export function isRecord(sql: string): boolean {
  return sql.startsWith(record)
}

/**
 * The tables that have triggers of a later schema. One that names a column that is gone does not
 * count, because with it nobody can write the table.
 */
export function tablesOfLater(
  hash: string,
  recorded: readonly string[],
  found: readonly FoundTrigger[],
  catalog: Catalog,
): ReadonlySet<string> {
  const at = recorded.indexOf(hash)
  const later = at < 0 ? [] : recorded.slice(at + 1)
  const isLater = ({ text }: FoundTrigger) => later.some((each) => text.includes(`'${each}'`))
  const tables = new Set(found.filter(isLater).map(({ table }) => table))
  for (const trigger of found) if (namesMissing(trigger, catalog)) tables.delete(trigger.table)
  return tables
}

/** Names are of letters, digits and underscores, and quoted. */
const columnOfRow = /\b(?:old|new|added|removed)\.["`](\w+)["`]/g

function namesMissing({ table, text }: FoundTrigger, catalog: Catalog): boolean {
  const columns = catalog.get(table)?.columns
  return Array.from(text.matchAll(columnOfRow)).some(([, column]) => !columns?.has(column!))
}
