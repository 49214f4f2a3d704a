/**
 * A source of choices that is the same for the same seed, on every machine: the generator sfc32
 * (C. Doty-Humphrey, PractRand), seeded through a mixer so that neighbouring seeds share nothing.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, stream: number = 0) {
    this.#a = mix(seed)
    this.#b = mix(stream ^ 0x5bd1e995)
    this.#c = mix(this.#a ^ this.#b)
    for (let i = 0; i < 12; i++) this.#next()
  }

  /** A whole number from 0 up to, and not including, `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('There is nothing to pick from')
    return items[this.below(items.length)]!
  }

  /** Each item with this probability; at least one when there is one. */
  some<T>(items: readonly T[], probability: number = 0.5): T[] {
    const chosen = items.filter(() => this.chance(probability))
    return chosen.length > 0 || items.length === 0 ? chosen : [this.pick(items)]
  }

  /** So many different items, in any order. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffle(items).slice(0, count)
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const item = shuffled[i]!
      shuffled[i] = shuffled[j]!
      shuffled[j] = item
    }
    return shuffled
  }

  /** One of the values, each as likely as its weight says. */
  weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): T {
    let left = (this.#next() / 2 ** 32) * entries.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of entries) if ((left -= weight) < 0) return value
    return entries.at(-1)![1]
  }

  byte(): number {
    return this.#next() >>> 24
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }
}

function mix(seed: number): number {
  let hash = (seed ^ Math.floor(seed / 2 ** 32)) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 16)
}
