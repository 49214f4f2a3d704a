import type { Change, ChangeBatch, ChangeLog, Position } from '../../contract/change-log.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { ChangeBuffer } from '../change-buffer.ts'
import { newGeneration } from '../positions.ts'
import type { Version } from './version.ts'

/** The latest changes of a memory database. */
export class MemoryLog implements ChangeLog {
  /** Throws NotConnected when there is none. */
  readonly #committed: () => Version
  readonly #buffer = new ChangeBuffer()

  constructor(committed: () => Version) {
    this.#committed = committed
  }

  /** Begins the log of a new database, whose positions are no other's. */
  begin(runtime: Runtime): void {
    this.#buffer.begin(newGeneration(runtime))
  }

  append(changes: readonly Change[]): void {
    this.#buffer.append(changes)
  }

  async snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return { rows: this.#committed().find(plan), position: this.#buffer.head }
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
