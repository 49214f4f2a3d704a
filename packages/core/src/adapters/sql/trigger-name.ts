import type { CollectionDefinition } from '../../schema/definition.ts'
import { shorten } from './shorten.ts'

/** The name of what writes a table's changes into the log. */
export function triggerName(table: string, event: string): string {
  return `wherry_${shorten(table, 40)}_${event}`
}

/** What of a trigger's text says whose entries it writes, and which. */
export function entryOf({ name }: CollectionDefinition, operation: string): string {
  return `'${name}', '${operation}'`
}
