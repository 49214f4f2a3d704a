import type { AdapterContext } from '../../contract/adapter.ts'
import type {
  Change,
  ChangeBatch,
  ChangeLog,
  Position,
  Reader,
  Snapshot,
} from '../../contract/change-log.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { ChangeBuffer } from '../change-buffer.ts'
import { keptInMemory } from '../log-limits.ts'
import { newGeneration } from '../positions.ts'
import { readerOf, type Version } from './version.ts'

/** The latest changes of a memory database. */
export class MemoryLog implements ChangeLog {
  readonly hidesReplaced = false
  /** Throws NotConnected when there is none. */
  readonly #committed: () => Version
  readonly #buffer = new ChangeBuffer()

  constructor(committed: () => Version) {
    this.#committed = committed
  }

  /** Begins the log of a new database, whose positions are no other's. */
  begin(context: AdapterContext): void {
    this.#buffer.begin(newGeneration(context.runtime), keptInMemory(context))
  }

  append(changes: readonly Change[]): void {
    this.#buffer.append(changes)
  }

  async snapshot<T>(
    _collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    const position = this.#buffer.head
    const value = await this.#committed().hold((version) => read(readerOf(version)))
    return { value, position }
  }

  async head(): Promise<Position> {
    this.#committed()
    return this.#buffer.head
  }

  async read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    this.#committed()
    return this.#buffer.read(after, upTo)
  }

  watch(onCommit: () => void): () => void {
    return this.#buffer.watch(onCommit)
  }
}
