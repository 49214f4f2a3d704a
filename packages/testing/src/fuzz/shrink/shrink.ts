import { systemRuntime } from '@wherry/core'
import { changedBy, type FuzzCase, type Operation } from '../operation.ts'
import { signatureOf, type Mismatch } from '../run/mismatch.ts'
import { rerun } from '../run/rerun.ts'
import type { Engine } from '../subject.ts'
import { smallerOperations, smallerSchemas, smallerValues } from './smaller.ts'

export interface ShrinkContext {
  readonly oracle: Engine
  readonly engine: Engine
  /** The variant of the engine that showed the mismatch; the first one is tried before it. */
  readonly variant: number
  readonly deadlineMs: number
}

export interface Shrunk {
  readonly case: FuzzCase
  readonly mismatch: Mismatch
}

/**
 * The smallest case of the same signature that can be found in time: parts are taken away, and what
 * is left is made simpler, as long as the mismatch stays (delta debugging; Zeller, 1999).
 */
export async function shrink(
  context: ShrinkContext,
  found: FuzzCase,
  mismatch: Mismatch,
): Promise<Shrunk> {
  const shrinker = new Shrinker(context, signatureOf(mismatch), { case: found, mismatch })
  return shrinker.run()
}

class Shrinker {
  readonly #context: ShrinkContext
  readonly #signature: string
  #variant = 0
  #best: Shrunk

  constructor(context: ShrinkContext, signature: string, best: Shrunk) {
    this.#context = context
    this.#signature = signature
    this.#best = best
  }

  async run(): Promise<Shrunk> {
    if (!(await this.#try(this.#best.case))) {
      this.#variant = this.#context.variant
      // A mismatch that does not come again is reported as it was found.
      if (!(await this.#try(this.#best.case))) return this.#best
    }
    let before
    do {
      before = this.#best
      await this.#dropOperations()
      await this.#reduce((found) => smallerSchemas(found))
      for (let i = this.#operations.length - 1; i >= 0; i--) await this.#simplify(i)
      await this.#reduce((found) => smallerValues(found))
    } while (this.#best !== before && !this.#isLate)
    return this.#best
  }

  get #operations(): readonly Operation[] {
    return this.#best.case.operations
  }

  get #isLate(): boolean {
    return systemRuntime.monotonic() >= this.#context.deadlineMs
  }

  /** Takes the candidate for the best, if it still shows the mismatch. */
  async #try(candidate: FuzzCase): Promise<boolean> {
    const { oracle, engine } = this.#context
    const mismatch = await rerun(oracle, engine, candidate, this.#variant)
    if (mismatch === undefined || signatureOf(mismatch) !== this.#signature) return false
    const operations = candidate.operations.slice(0, mismatch.index + 1)
    this.#best = { case: { ...candidate, operations }, mismatch }
    return true
  }

  /** First what only reads; then ever smaller pieces of all that goes before the last operation. */
  async #dropOperations(): Promise<void> {
    const last = this.#operations.length - 1
    const needed = this.#operations.filter((each, at) => at === last || changedBy(each).length > 0)
    if (needed.length <= last) await this.#try({ ...this.#best.case, operations: needed })
    for (let size = this.#operations.length - 1; size >= 1; size = size >> 1) {
      for (let from = this.#operations.length - 1 - size; from > -size && !this.#isLate;) {
        const start = Math.max(from, 0)
        const operations = this.#operations.toSpliced(start, from + size - start)
        await this.#try({ ...this.#best.case, operations })
        from = Math.min(from, this.#operations.length - 1) - size
      }
    }
  }

  async #simplify(index: number): Promise<void> {
    await this.#reduce(function* (found) {
      const operation = found.operations[index]
      if (operation === undefined) return
      for (const smaller of smallerOperations(operation)) {
        yield { ...found, operations: found.operations.toSpliced(index, 1, ...smaller) }
      }
    })
  }

  /**
   * Takes a candidate that still fails, and goes on from its place with the candidates of that: what
   * was in vain before it mostly still is. Goes round until a whole round was in vain.
   */
  async #reduce(candidates: (found: FuzzCase) => Iterable<FuzzCase>): Promise<void> {
    let tried = 0
    let before = this.#best
    for (;;) {
      const place = await this.#firstSmaller(candidates(this.#best.case), tried)
      if (this.#isLate) return
      if (place !== undefined) {
        tried = place
      } else {
        if (this.#best === before) return
        before = this.#best
        tried = 0
      }
    }
  }

  /** The place of the first candidate from `from` on that could be taken. */
  async #firstSmaller(candidates: Iterable<FuzzCase>, from: number): Promise<number | undefined> {
    let place = 0
    for (const candidate of candidates) {
      if (this.#isLate) return undefined
      if (place >= from && (await this.#try(candidate))) return place
      place++
    }
    return undefined
  }
}
