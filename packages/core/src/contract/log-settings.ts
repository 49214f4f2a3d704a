import type { CollectionDefinition } from '../schema/definition.ts'

/**
 * Who writes into the log what becomes of a collection's rows.
 *
 * 'triggers': the database itself, whoever makes the change: by triggers in SQL, by its oplog on a
 * replica set of MongoDB.
 * 'service': the service, in the transaction of the change. Where triggers may not be created; what
 * other programs write is missing, and so are versions for it.
 * 'off': nobody. The collection has no entries, and its queries cannot be live.
 */
export type CaptureMode = 'triggers' | 'service' | 'off'

/** What is to be in the log, and for how long. What is absent is the engine's own choice. */
export interface LogSettings {
  /** Without a collection: 'triggers', or 'service' where the engine has nothing else. */
  readonly capture: ReadonlyMap<CollectionDefinition, CaptureMode>
  /** So many of the latest entries stay. */
  readonly keepEntries?: number
  /** Entries younger than so many milliseconds stay, too, by the database's clock. */
  readonly keepMs?: number
  /** More entries than this are not kept, not even for readers that are alive. */
  readonly maxEntries?: number
}
