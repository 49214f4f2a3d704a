import { collection } from '../schema/collection.ts'
import { defineSchema } from '../schema/define-schema.ts'
import type { CollectionDefinition, SchemaDefinition } from '../schema/definition.ts'
import { t } from '../schema/fields.ts'
import { hashOf } from '../schema/hash.ts'

const maxNameLength = 191

const name = t.text({ maxLength: maxNameLength })

const { definition } = defineSchema({
  messages: collection({
    id: t.id(),
    channel: name,
    event: name,
    payload: t.json().nullable(),
    sender: name.nullable(),
    createdAt: t.createdAt(),
  }).index('channel', 'createdAt'),
  /** Who is there: gone with the lease of the process that it is connected to. */
  presence: collection({
    id: t.id(),
    channel: name,
    meta: t.json().nullable(),
    lease: t.text({ maxLength: 64 }),
    enteredAt: t.createdAt(),
  })
    .index('channel')
    .index('lease'),
  /** Up to where a subscriber has had what a channel told. */
  marks: collection({
    channel: name,
    subscriber: name,
    position: t.text(),
    updatedAt: t.updatedAt(),
  }).key('channel', 'subscriber'),
  leases: collection({ id: t.text({ maxLength: 64 }), until: t.timestamp() }).key('id'),
})

/** What channels are made of, under names that no collection of an application can have. */
export const channelCollections: ReadonlyMap<string, CollectionDefinition> = new Map(
  Array.from(definition.collections.values(), (each) => {
    const own = { ...each, name: `$${each.name}`, table: `wherry_${each.name}` }
    return [own.name, Object.freeze(own)]
  }),
)

/** A schema, and in the same database what channels are made of. */
export function withChannels(schema: SchemaDefinition): SchemaDefinition {
  const collections = new Map([...schema.collections, ...channelCollections])
  return Object.freeze({ collections, hash: hashOf(collections) })
}
