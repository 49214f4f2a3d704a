import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema({
  notes: collection({
    id: t.id(),
    title: t.text({ maxLength: 100_000 }),
    rank: t.int().default(0),
    total: t.bigint().nullable(),
    at: t.timestamp().nullable(),
    data: t.json().nullable(),
    version: t.version(),
  }),
  seats: collection({ row: t.int(), place: t.text({ maxLength: 3 }) }).key('row', 'place'),
})
