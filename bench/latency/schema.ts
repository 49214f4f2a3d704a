import { collection, defineSchema, t } from '@wherry/core/schema'

/** What is written and followed; as many rows as come in a few seconds are what a window shows. */
export const schema = defineSchema({
  readings: collection({
    id: t.id(),
    room: t.text({ maxLength: 40 }),
    value: t.float(),
    note: t.text({ maxLength: 100 }).default(''),
    version: t.version(),
  }).index('room'),
})

export const room = 'hall'

/** What everybody follows: the newest rows. Ids are in the order in which they were made. */
export const newest = { where: { room }, orderBy: { id: 'desc' }, limit: 20 } as const
