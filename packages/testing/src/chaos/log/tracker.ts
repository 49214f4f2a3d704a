/** A change as any reader knows it: the row's version, or one more where it is deleted. */
export interface Seen {
  readonly collection: string
  readonly id: string
  readonly version: number
  readonly accountId?: string
}

export interface Faults {
  /** Committed changes that were never read. */
  readonly lost: number
  /** Changes that were read more often than they were committed. */
  readonly repeated: number
  /** Changes that were read before a change that leads to them: of their row, or of its account. */
  readonly disordered: number
}

interface Known {
  /** All versions below this one have been read. */
  next: number
  /** Versions that were read before those that lead to them. */
  ahead?: Set<number>
}

/** What a reader has read so far, and what is wrong with the order in which it did. */
export class Tracker {
  readonly #rows = new Map<string, Known>()
  #repeated = 0
  #disordered = 0

  read({ collection, id, version, accountId }: Seen): void {
    const name = nameOf(collection, id)
    const isOrphan = accountId !== undefined && !this.#rows.has(nameOf('accounts', accountId))
    let known = this.#rows.get(name)
    if (known === undefined) this.#rows.set(name, (known = { next: 1 }))
    if (version < known.next || known.ahead?.has(version)) {
      this.#repeated++
      return
    }
    if (version > known.next || isOrphan) this.#disordered++
    if (version > known.next) {
      ;(known.ahead ??= new Set()).add(version)
      return
    }
    known.next++
    while (known.ahead?.delete(known.next)) known.next++
  }

  /** Compares with the last version of every row that was committed. Nothing can be read after it. */
  compare(committed: Iterable<readonly [name: string, last: number]>): Faults {
    let lost = 0
    for (const [name, last] of committed) {
      const seen = seenOf(this.#rows.get(name))
      this.#rows.delete(name)
      if (seen < last) lost += last - seen
      else this.#repeated += seen - last
    }
    for (const known of this.#rows.values()) this.#repeated += seenOf(known)
    return { lost, repeated: this.#repeated, disordered: this.#disordered }
  }
}

export function nameOf(collection: string, id: string): string {
  return `${collection} ${id}`
}

function seenOf(known: Known | undefined): number {
  return known === undefined ? 0 : known.next - 1 + (known.ahead?.size ?? 0)
}
