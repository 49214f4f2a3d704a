import { readSchemas, type FoundTrigger } from '../schema-order.ts'
import type { SqlConnection } from './connection.ts'

/** What there is of tables and triggers. */
export interface Present {
  /** By name: null for a table, the body of a trigger for `<its name> on <its table>`. */
  readonly bodies: ReadonlyMap<string, string | null>
  /** The triggers of ours. */
  readonly triggers: readonly FoundTrigger[]
}

/** `sql` gives the name and the body as above, and the table of a trigger. */
export async function readPresent(connection: SqlConnection, sql: string): Promise<Present> {
  const rows = (await connection.run({ sql })).rows as [string, string | null, string | null][]
  return {
    bodies: new Map(rows.map(([name, body]) => [name, body])),
    triggers: rows.flatMap(([name, text, table]) =>
      text !== null && table !== null && name.startsWith('wherry_') ? [{ table, text }] : [],
    ),
  }
}

/** The schemas that have been here, in their order. */
export async function readRecorded(
  connection: SqlConnection,
  { bodies }: Present,
): Promise<readonly string[]> {
  if (!bodies.has('wherry_schema')) return []
  const { rows } = await connection.run({ sql: readSchemas })
  return (rows as [string][]).map(([hash]) => hash)
}
