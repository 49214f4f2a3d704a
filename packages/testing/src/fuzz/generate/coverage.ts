import type { Random } from '../lib/random.ts'

/** How many of the combinations of one kind have been generated. */
export interface Reached {
  readonly dimension: string
  readonly reached: number
  readonly total: number
  readonly missing: readonly string[]
}

/** Looking at all items would cost more than it brings. */
const maxDraws = 12

/**
 * Counts which combinations of features have been generated, and steers the choices towards those
 * that have been so least: chance alone leaves rare pairs out for a long time.
 */
export class Coverage {
  readonly #counts = new Map<string, number>()
  readonly #universe: ReadonlyMap<string, readonly string[]>

  constructor(universe: ReadonlyMap<string, readonly string[]>) {
    this.#universe = universe
  }

  hit(dimension: string, ...features: readonly (string | boolean)[]): void {
    const goal = goalOf(dimension, features)
    this.#counts.set(goal, (this.#counts.get(goal) ?? 0) + 1)
  }

  /**
   * Half the time any of the items; else, of several, the one whose combination is the rarest. It
   * is not counted: whoever uses the choice calls `hit`.
   */
  favour<T>(
    random: Random,
    items: readonly T[],
    dimension: string,
    featuresOf: (item: T) => readonly (string | boolean)[],
  ): T {
    let rarest = random.pick(items)
    if (items.length === 1 || random.chance(0.5)) return rarest
    let least = this.#count(dimension, featuresOf(rarest))
    for (let draws = Math.min(items.length, maxDraws); draws > 0; draws--) {
      const item = random.pick(items)
      const count = this.#count(dimension, featuresOf(item))
      if (count < least) [rarest, least] = [item, count]
    }
    return rarest
  }

  report(): Reached[] {
    return Array.from(this.#universe, ([dimension, features]) => {
      const missing = features.filter((feature) => !this.#counts.has(`${dimension}: ${feature}`))
      const total = features.length
      return { dimension, reached: total - missing.length, total, missing }
    })
  }

  #count(dimension: string, features: readonly (string | boolean)[]): number {
    return this.#counts.get(goalOf(dimension, features)) ?? 0
  }
}

function goalOf(dimension: string, features: readonly (string | boolean)[]): string {
  return `${dimension}: ${features.join(' ')}`
}
