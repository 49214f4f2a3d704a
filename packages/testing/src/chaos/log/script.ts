import type { Random } from '../../fuzz/lib/random.ts'
import { shared } from './schema.ts'

/** What one transaction does, in order. */
export interface Script {
  readonly steps: readonly Step[]
  /** Whether it is rolled back in the end. */
  readonly isUndone: boolean
}

export type Step =
  | { readonly kind: 'open'; readonly id: string }
  | { readonly kind: 'wait' }
  | { readonly kind: 'add'; readonly accountId: string; readonly ids: readonly string[] }
  | { readonly kind: 'touch'; readonly ids: readonly string[] }
  | { readonly kind: 'change'; readonly ids: readonly string[] }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }

/** How many changes a script makes. */
export function changesOf({ steps }: Script): number {
  return steps.reduce((sum, step) => {
    if (step.kind === 'wait') return sum
    if (step.kind === 'open') return sum + 1
    // What is deleted is also written down.
    return sum + step.ids.length * (step.kind === 'delete' ? 2 : 1)
  }, 0)
}

/** How many entries a writer goes on with. */
const mostOwned = 1_000

/** One writer's part in it: the ids that it makes up, and the entries that nobody else changes. */
export class Author {
  readonly #random: Random
  readonly #name: string
  readonly #mostRows: number
  #made = 0
  #owned: string[] = []

  /** `mostRows`: how many one step adds or changes at most. */
  constructor(name: string, random: Random, mostRows: number) {
    this.#name = name
    this.#random = random
    this.#mostRows = mostRows
  }

  /** Mostly short; some long, some waiting in their middle while others commit. */
  next(): Script {
    const random = this.#random
    const account = this.#newId()
    const steps: Step[] = [{ kind: 'open', id: account }]
    if (random.chance(0.04)) steps.push({ kind: 'wait' })
    const length = random.chance(0.1) ? random.between(6, 12) : random.between(0, 3)
    const left = random.shuffle(this.#owned)
    let hasTouched = false
    for (let n = 0; n < length; n++) {
      const accountId = random.chance(0.5) ? account : random.pick(shared)
      const add = (): Step => {
        return { kind: 'add', accountId, ids: this.#newIds(random.between(1, this.#mostRows)) }
      }
      // Once, and in one order, so that most wait for each other instead of until it is a deadlock.
      const touch = (): Step => {
        const ids = hasTouched ? [] : random.sample(shared, random.between(1, 4)).sort()
        hasTouched = true
        return { kind: 'touch', ids }
      }
      const change = (): Step => {
        return { kind: 'change', ids: left.slice(0, random.between(1, this.#mostRows / 2)) }
      }
      const remove = (): Step => ({ kind: 'delete', ids: left.splice(0, random.between(1, 5)) })
      const step = random.weighted<() => Step>([
        [4, add],
        [3, touch],
        [3, change],
        [1, remove],
      ])()
      if (!('ids' in step) || step.ids.length > 0) steps.push(step)
    }
    return { steps, isUndone: random.chance(0.12) }
  }

  /** Remembers what has become of a script's entries; of what may have happened nothing is known. */
  ended({ steps }: Script, ending: 'done' | 'undone' | 'unknown'): void {
    if (ending === 'undone') return
    for (const step of steps) {
      if (step.kind === 'add' && ending === 'done') this.#owned.push(...step.ids)
      if (step.kind === 'delete') this.#owned = this.#owned.filter((id) => !step.ids.includes(id))
    }
    this.#owned.splice(0, this.#owned.length - mostOwned)
  }

  #newIds(count: number): string[] {
    return Array.from({ length: count }, () => this.#newId())
  }

  #newId(): string {
    return `${this.#name}-${this.#made++}`
  }
}
