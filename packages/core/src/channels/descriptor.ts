import type { CollectionDescriptor } from '../schema/descriptor.ts'

/**
 * What a client has to know of channels. No welcome says it: it is the same on every server that has
 * them, as the page of the protocol says.
 */
export const channelDescriptors: { readonly [name: string]: CollectionDescriptor } = {
  $messages: {
    fields: {
      id: { kind: 'id', hasDefault: true },
      channel: { kind: 'text', maxLength: 191 },
      event: { kind: 'text', maxLength: 191 },
      payload: { kind: 'json', nullable: true },
      sender: { kind: 'text', maxLength: 191, nullable: true },
      createdAt: { kind: 'timestamp', managed: 'createdAt' },
    },
    key: ['id'],
  },
  $presence: {
    fields: {
      id: { kind: 'id', hasDefault: true },
      channel: { kind: 'text', maxLength: 191 },
      meta: { kind: 'json', nullable: true },
      lease: { kind: 'text', maxLength: 64 },
      enteredAt: { kind: 'timestamp', managed: 'createdAt' },
    },
    key: ['id'],
  },
  $marks: {
    fields: {
      channel: { kind: 'text', maxLength: 191 },
      subscriber: { kind: 'text', maxLength: 191 },
      position: { kind: 'text' },
      updatedAt: { kind: 'timestamp', managed: 'updatedAt' },
    },
    key: ['channel', 'subscriber'],
  },
}
