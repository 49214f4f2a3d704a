/** Something to wait for; who comes after it has rung does not wait. */
export class Bell {
  #hasRung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
  }

  async heard(): Promise<void> {
    if (!this.#hasRung) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#hasRung = false
    this.#wake = undefined
  }
}

/** Things that happen again and again, for those who wait until it has happened so often. */
export class Rounds {
  #waiting: { left: number; readonly resolve: () => void }[] = []

  done(): void {
    const waiting = this.#waiting
    for (const each of waiting) if (--each.left === 0) each.resolve()
    this.#waiting = waiting.filter(({ left }) => left > 0)
  }

  after(count: number): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push({ left: count, resolve }))
  }
}
