import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema({
  notes: collection({
    id: t.id(),
    text: t.text({ maxLength: 40 }).default(''),
    n: t.int().default(0),
    version: t.version(),
  }).index('n'),
})
