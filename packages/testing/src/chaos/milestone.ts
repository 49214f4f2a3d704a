/** A list that tells when it has grown by so many. */
export class Milestone<T> {
  readonly all: T[] = []
  readonly #waiting: { readonly length: number; readonly resolve: () => void }[] = []

  add(item: T): void {
    this.all.push(item)
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      if (this.#waiting[at]!.length > this.all.length) continue
      this.#waiting.splice(at, 1)[0]!.resolve()
    }
  }

  /** Resolves when there are so many more than now. */
  grownBy(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ length: this.all.length + count, resolve })
    })
  }
}
