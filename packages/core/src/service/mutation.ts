import { isWherryError } from '../errors/index.ts'
import type { Mutation } from './types.ts'

/** A write that runs against its database at once, so it never waits in a queue. */
export class DirectMutation<T> implements Mutation<T> {
  readonly [Symbol.toStringTag] = 'Mutation'
  readonly #outcome: Promise<T>
  readonly #newId: () => string
  #id: string | undefined

  constructor(newId: () => string, run: () => Promise<T>) {
    this.#newId = newId
    this.#outcome = this.#run(run)
  }

  /** Made when first asked for: most callers never do. */
  get id(): string {
    return (this.#id ??= this.#newId())
  }

  get queued(): Promise<boolean> {
    const no = () => false
    return this.#outcome.then(no, no)
  }

  then<A = T, B = never>(
    onApplied?: ((value: T) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#outcome.then(onApplied, onFailed)
  }

  catch<B = never>(onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#outcome.catch(onFailed)
  }

  finally(onSettled?: (() => void) | null): Promise<T> {
    return this.#outcome.finally(onSettled)
  }

  async #run(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (!isWherryError(error)) throw error
      // What was refused before or by the database left nothing; what failed after it may have.
      const outcome =
        error.code === 'CorruptValue' || error.code === 'Internal' ? 'unknown' : 'not-applied'
      throw error.annotate({ outcome, mutationId: this.id })
    }
  }
}
