import { isWherryError } from '../errors/wherry-error.ts'
import { backoffMs, type Runtime, type Timer } from '../lib/runtime.ts'
import type { Shared } from './shared.ts'

/** How many queries are asked anew, of one snapshot, before others have their turn. */
const maxAsked = 16
const retryBaseMs = 100
const retryCapMs = 5_000
/** A query may keep the database busy for a third of the time. */
const restPerDuration = 2

/** Which live queries are to be asked for their rows, and when each of them may be. */
export class Questions {
  readonly #runtime: Runtime
  readonly #wake: () => void
  readonly #pending = new Set<Shared>()
  /** Those whose rows could not be had; asked anew after a while. */
  readonly #failed = new Set<Shared>()
  #failures = 0
  #retry: Timer
  #rest: Timer

  constructor(runtime: Runtime, wake: () => void) {
    this.#runtime = runtime
    this.#wake = wake
  }

  /** How many have no rows of the tail's position. */
  get size(): number {
    return this.#pending.size + this.#failed.size
  }

  has(shared: Shared): boolean {
    return this.#pending.has(shared)
  }

  /** Its rows are to be asked for; `pass` is the one that has found it out. */
  add(shared: Shared, pass: number): void {
    shared.isCurrent = false
    shared.asked = pass
    this.#pending.add(shared)
  }

  /** Those to be asked now. */
  due(): Shared[] {
    const now = this.#runtime.monotonic()
    const rested = Array.from(this.#pending).filter(({ restsUntil }) => restsUntil <= now)
    return rested.slice(0, maxAsked)
  }

  /** It was asked and has taken the answer, for which it took so long in all. */
  answered(shared: Shared, tookMs: number): void {
    const restMs = Math.max(shared.view.restMs, tookMs * restPerDuration)
    shared.restsUntil = this.#runtime.monotonic() + restMs
    this.#pending.delete(shared)
  }

  failed(shared: Shared, error: unknown): void {
    shared.error = error
    shared.isCurrent = false
    this.#pending.delete(shared)
    this.#failed.add(shared)
  }

  drop(shared: Shared): void {
    this.#pending.delete(shared)
    this.#failed.delete(shared)
  }

  /**
   * Sees to it that what is left is asked. Those that have an error are asked anew after a while; the
   * others go on meanwhile. `hasOtherFailed`: something else is to be tried again with them. Returns
   * whether some need not wait.
   */
  plan(hasOtherFailed: boolean): boolean {
    if (this.#failed.size === 0 && !hasOtherFailed) this.#failures = 0
    else this.#retry ??= this.#runtime.setTimeout(() => this.#askFailed(), this.#nextRetryMs())
    if (this.#pending.size === 0) return false
    const now = this.#runtime.monotonic()
    const waitMs = Math.min(...Array.from(this.#pending, (each) => each.restsUntil)) - now
    if (waitMs <= 0) return true
    this.#rest ??= this.#runtime.setTimeout(() => {
      this.#rest = undefined
      this.#wake()
    }, Math.ceil(waitMs))
    return false
  }

  /** The first pass of those that have come to be asked and have not been. */
  get oldest(): number {
    let oldest = Infinity
    for (const { asked } of this.#pending) oldest = Math.min(oldest, asked)
    for (const { asked, error } of this.#failed)
      if (!isItsOwn(error)) oldest = Math.min(oldest, asked)
    return oldest
  }

  stop(): void {
    this.#runtime.clearTimeout(this.#retry)
    this.#runtime.clearTimeout(this.#rest)
    this.#retry = this.#rest = undefined
    this.#failures = 0
  }

  #nextRetryMs(): number {
    return backoffMs(this.#runtime, this.#failures++, retryBaseMs, retryCapMs)
  }

  #askFailed(): void {
    this.#retry = undefined
    for (const shared of this.#failed) {
      shared.error = undefined
      this.#pending.add(shared)
    }
    this.#failed.clear()
    this.#wake()
  }
}

/** A query that fails for what is in its table, and need not be waited for: it has no other rows. */
export function isItsOwn(error: unknown): boolean {
  return isWherryError(error) && (error.code === 'CorruptValue' || error.code === 'SchemaMismatch')
}
