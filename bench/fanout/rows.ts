import { collection, defineSchema, t } from '@wherry/core/schema'

/** What is inserted: fields that JSON has itself, so that a row is the same 200 bytes for all. */
export const schema = defineSchema({
  rows: collection({ id: t.id(), n: t.int(), room: t.text({ maxLength: 40 }), text: t.text() }),
})

const rowBytes = 200

/** Numbers have as many digits as they need; the text makes up for them. */
export function rowAt(n: number) {
  const row = { id: `row-${String(n).padStart(12, '0')}`, n, room: 'all', text: '' }
  return { ...row, text: 'x'.repeat(rowBytes - JSON.stringify(row).length) }
}

export type InsertedRow = ReturnType<typeof rowAt>
