import type { Random } from '../lib/random.ts'

/** How many of the combinations of one kind have been generated. */
export interface Reached {
  readonly dimension: string
  readonly reached: number
  readonly total: number
  readonly missing: readonly string[]
}

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
   * Half the time any of the items; else one whose combination is the rarest. It is not counted:
   * whoever uses the choice calls `hit`.
   */
  favour<T>(
    random: Random,
    items: readonly T[],
    dimension: string,
    featuresOf: (item: T) => readonly (string | boolean)[],
  ): T {
    if (random.chance(0.5)) return random.pick(items)
    const counts = items.map((item) => this.#count(dimension, featuresOf(item)))
    const least = Math.min(...counts)
    return random.pick(items.filter((_, index) => counts[index] === least))
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
