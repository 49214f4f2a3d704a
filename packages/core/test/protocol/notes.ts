import { collection, defineSchema, t } from '../../src/schema/index.ts'

/** The schema that the conversations are about. */
export const schema = defineSchema({
  notes: collection({
    id: t.id(),
    author: t.text(),
    mood: t.enum(['calm', 'sad']).nullable(),
    score: t.int().default(0),
    total: t.bigint().nullable(),
    price: t.decimal(5, 2).nullable(),
    at: t.timestamp().nullable(),
    photo: t.bytes().nullable(),
    tags: t.array(t.text()).nullable(),
    data: t.json().nullable(),
    version: t.version(),
  }),
})
