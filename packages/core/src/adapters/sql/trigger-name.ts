import { hashText } from '../../schema/hash.ts'

/** The name of what writes a table's changes into the log, short enough for every engine. */
export function triggerName(table: string, event: string): string {
  const readable =
    table.length <= 40 ? table : `${table.slice(0, 31)}_${hashText(table).slice(0, 8)}`
  return `wherry_${readable}_${event}`
}
