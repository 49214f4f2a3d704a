/** More shapes than an application has; a guard against those that make shapes without end. */
const maxShapes = 1_000

/** What has been prepared for each shape of plan; the oldest goes when there are too many. */
export class ShapeCache<T> {
  readonly #prepared = new Map<string, T>()

  get(shape: string, prepare: () => T): T {
    let prepared = this.#prepared.get(shape)
    if (prepared !== undefined) return prepared
    prepared = prepare()
    if (this.#prepared.size >= maxShapes) {
      const [oldest] = this.#prepared.keys()
      this.#prepared.delete(oldest!)
    }
    this.#prepared.set(shape, prepared)
    return prepared
  }

  clear(): void {
    this.#prepared.clear()
  }
}
