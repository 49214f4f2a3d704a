import type { Adapter } from '@wherry/core'
import {
  evaluateAggregate,
  evaluateFind,
  findIncluding,
  planAggregate,
  planFind,
  type FindPlan,
} from '@wherry/core/query'
import type { SchemaDefinition } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import type { Row } from '../outcome.ts'
import { placeOf } from '../run/change-log.ts'
import { replay, type Follower, type Told } from './follower.ts'
import type { LiveWish } from './live-case.ts'

/** A live query that told what is not so, and why. */
export interface LiveFault {
  readonly wish: LiveWish
  readonly problem: string
}

/** The rows of a database as its log makes them, up to one position after another. */
class State {
  readonly #log: Adapter['log']
  readonly #rows = new Map<string, { readonly collection: string; readonly row: Row }>()
  #position: string

  constructor(log: Adapter['log'], start: string) {
    this.#log = log
    this.#position = start
  }

  async follow(upTo: string): Promise<void> {
    while (this.#position !== upTo) {
      const { changes, position } = await this.#log.read(this.#position, upTo)
      for (const { collection, old, row } of changes) {
        const place = placeOf(collection, (row ?? old)!)
        if (row === null) this.#rows.delete(place)
        else this.#rows.set(place, { collection: collection.name, row })
      }
      if (position === this.#position) return
      this.#position = position
    }
  }

  /** What the evaluator makes of a query. */
  async valueOf(
    { collections }: SchemaDefinition,
    { live, on, query }: LiveWish,
  ): Promise<unknown> {
    const collection = collections.get(on)!
    if (live === 'liveAggregate') {
      const { plan, finish } = planAggregate(collection, query)
      return finish(evaluateAggregate(plan, this.#rowsOf(on)))
    }
    const find = async (plan: FindPlan) => evaluateFind(plan, this.#rowsOf(plan.collection.name))
    const found = await findIncluding(find, planFind(collection, query))
    return live === 'liveCount' ? found.length : found
  }

  #rowsOf(name: string): Record<string, unknown>[] {
    const rows = Array.from(this.#rows.values())
    return rows.filter(({ collection }) => collection === name).map(({ row }) => ({ ...row }))
  }
}

/**
 * Compares all that was told with the evaluator, which is fed the log up to the position of each
 * event, and in the end up to `head`: what was told last has to be what there is. The database was
 * empty at `start`.
 */
export async function judge(
  followers: readonly Follower[],
  definition: SchemaDefinition,
  log: Adapter['log'],
  { start, head }: { readonly start: string; readonly head: string },
): Promise<LiveFault | undefined> {
  for (const { wish, told, fault } of followers) {
    const problem = fault ?? (await problemOf(wish, told, new State(log, start)))
    if (problem !== undefined) return { wish, problem }
  }
  return undefined

  async function problemOf(
    wish: LiveWish,
    told: readonly Told[],
    state: State,
  ): Promise<string | undefined> {
    let last: Told | undefined
    for (const event of told) {
      await state.follow(event.position)
      if (!equal(event.value, await state.valueOf(definition, wish))) {
        return `event ${told.indexOf(event)} is not the state of its position`
      }
      const step = last && stepProblem(last, event)
      if (step !== undefined) return `event ${told.indexOf(event)}: ${step}`
      last = event
    }
    if (last === undefined) return 'it has told nothing'
    await state.follow(head)
    const isWhole = equal(last.value, await state.valueOf(definition, wish))
    return isWhole ? undefined : 'what was told last is not what there is'
  }
}

function stepProblem(before: Told, after: Told): string | undefined {
  const { changes } = after
  if (changes === undefined) {
    return equal(before.value, after.value) ? 'nothing has changed' : undefined
  }
  if (changes.length === 0) return 'it has no steps'
  const rows = replay(before.value as readonly Row[], changes, equal)
  return equal(rows, after.value) ? undefined : 'its steps lead elsewhere'
}
