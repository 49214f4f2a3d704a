import { shorten } from './shorten.ts'

/** The name of what writes a table's changes into the log. */
export function triggerName(table: string, event: string): string {
  return `wherry_${shorten(table, 40)}_${event}`
}
