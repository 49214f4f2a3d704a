/** Times from a write to whoever is told of it, in milliseconds. */
export class Stopwatch {
  #times: number[] = []
  readonly #started = new Map<string, number>()
  #idle: (() => void) | undefined

  start(id: string): void {
    this.#started.set(id, performance.now())
  }

  /** Told once; what it did not start, such as rows of another turn, does not count. */
  stop(id: string): void {
    const startMs = this.#started.get(id)
    if (startMs === undefined) return
    this.#times.push(performance.now() - startMs)
    this.#started.delete(id)
    if (this.#started.size === 0) this.#idle?.()
  }

  /** Resolves when all that was started has been told, with the times since it last did. */
  async done(): Promise<readonly number[]> {
    if (this.#started.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    this.#idle = undefined
    const times = this.#times
    this.#times = []
    return times
  }
}

let made = 0

/** Ids in their order, none of which comes twice. */
export function nextId(): string {
  return `r${String(++made).padStart(10, '0')}`
}

const perSecond = 100

/** Writes at a steady pace, whatever becomes of it; resolves with the times when all has been told. */
export async function pace(
  watch: Stopwatch,
  count: number,
  insert: (id: string) => Promise<unknown>,
): Promise<readonly number[]> {
  const startMs = performance.now()
  let last: Promise<unknown> = Promise.resolve()
  for (let n = 0; n < count; n++) {
    const waitMs = startMs + (n * 1_000) / perSecond - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const id = nextId()
    watch.start(id)
    // One connection does one thing after another; who is late because of it is late.
    last = last.then(() => insert(id))
  }
  await last
  return watch.done()
}

/** The time that so many of a hundred do not exceed. */
export function percentile(times: readonly number[], percent: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN
}
