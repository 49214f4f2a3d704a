/** Who answered a read, and how old the answer is; `metaOf(result)` tells it. */
export interface ReadMeta {
  /** The adapter's name. */
  readonly source: string
  /** The moment whose data this is. */
  readonly asOf: Date
  /** How far the source was behind, in milliseconds. */
  readonly lagMs: number
  /** A fresher source exists, but did not answer. */
  readonly stale: boolean
  /** The rows were made up by mock mode. */
  readonly synthetic: boolean
}

/** A constructor that hands back what it is given, so that a subclass adds its fields to that. */
const Given = function (given: object) {
  return given
} as unknown as new (given: object) => object

/**
 * Carries the meta of a result as a private field of the result itself: invisible to keys, JSON,
 * spreads and comparisons, and many times cheaper than a WeakMap, which every read would pay for.
 */
class Remembered extends Given {
  #meta: ReadMeta

  constructor(result: object, meta: ReadMeta) {
    super(result)
    this.#meta = meta
  }

  static metaOf(result: object): ReadMeta | undefined {
    return #meta in result ? result.#meta : undefined
  }
}

/** Remembers who served a result. Once for each result: it is an error to do it again. */
export function remember<T extends object>(result: T, meta: ReadMeta): T {
  return new Remembered(result, meta) as T
}

/**
 * Who served a read, and how old its answer is: for what a read returned, or for the promise of
 * it where that is a number or null. Undefined for everything else, copies of results included.
 */
export function metaOf(result: unknown): ReadMeta | undefined {
  return typeof result === 'object' && result !== null ? Remembered.metaOf(result) : undefined
}
