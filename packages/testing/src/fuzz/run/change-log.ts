import type { Adapter } from '@wherry/core'
import { identityOf } from '@wherry/core/query'
import type { CollectionDefinition, SchemaDefinition } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import type { Single } from '../operation.ts'
import type { Row, RowsByCollection } from '../outcome.ts'
import type { Subject } from '../subject.ts'

type ChangeLog = Adapter['log']
export type Change = Awaited<ReturnType<ChangeLog['read']>>['changes'][number]

/** All that has been committed behind a position. */
export async function readChanges(
  log: ChangeLog,
  after: string,
): Promise<{ readonly changes: readonly Change[]; readonly position: string }> {
  const changes: Change[] = []
  for (let position = after; ;) {
    const batch = await log.read(position)
    changes.push(...batch.changes)
    if (batch.position === position) return { changes, position }
    position = batch.position
  }
}

/** Reads the change log of one database behind each operation that may have changed rows. */
export class LogFollower {
  readonly #definition: SchemaDefinition
  readonly #log: ChangeLog
  #position: string

  private constructor(definition: SchemaDefinition, log: ChangeLog, position: string) {
    this.#definition = definition
    this.#log = log
    this.#position = position
  }

  static async open({ definition, adapter: { log } }: Subject): Promise<LogFollower> {
    return new LogFollower(definition, log, await log.head())
  }

  /** What is wrong with what the log says of an operation. */
  async fault(
    operation: Single,
    before: RowsByCollection,
    after: RowsByCollection,
  ): Promise<string | undefined> {
    const { changes, position } = await readChanges(this.#log, this.#position)
    this.#position = position
    const { actor = null, mutationId = null } = 'transaction' in operation ? operation : {}
    if (changes.some((change) => change.actor !== actor || change.mutationId !== mutationId)) {
      return 'the change log names another actor or mutation'
    }
    return faultOfChanges(this.#definition, before, changes, after)
  }
}

/**
 * What is wrong with a change log: every entry has to follow from the one before it, and all of
 * them together lead from the rows before to the rows after, in the collections named by `after`.
 */
export function faultOfChanges(
  { collections }: SchemaDefinition,
  before: RowsByCollection,
  changes: readonly Change[],
  after: RowsByCollection,
): string | undefined {
  const touched = Object.keys(after).map((name) => collections.get(name)!)
  const rows = new Map<string, Row>()
  for (const collection of touched) {
    for (const row of before[collection.name] ?? []) rows.set(placeOf(collection, row), row)
  }
  for (const { collection, old, row } of changes) {
    if (old === null && row === null) return 'an entry of the change log has no row'
    const place = placeOf(collection, (row ?? old)!)
    if (old !== null && placeOf(collection, old) !== place) return 'an entry is about two rows'
    if (!equal(rows.get(place) ?? null, old)) return 'the row before is wrong in the change log'
    if (row === null) rows.delete(place)
    else rows.set(place, row)
  }
  const left = touched.flatMap((collection) =>
    after[collection.name]!.map((row) => ({ place: placeOf(collection, row), row })),
  )
  const isWhole = left.every(({ place, row }) => equal(rows.get(place), row))
  return isWhole && left.length === rows.size ? undefined : 'the change log leads to other rows'
}

/** The collection and the key. */
export function placeOf(collection: CollectionDefinition, row: Row): string {
  return `${collection.name} ${identityOf(collection.key, row)}`
}
