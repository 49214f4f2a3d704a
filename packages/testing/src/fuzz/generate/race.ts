import type { IsolationLevel } from '@wherry/core'
import type { CollectionDefinition, SchemaDefinition } from '@wherry/core/schema'
import type { Abilities } from '../abilities.ts'
import type { Random } from '../lib/random.ts'
import { startMs } from '../lib/runtime.ts'
import type { Client, Operation, Race } from '../operation.ts'
import { drawFirstRows, drawRaceCall, type Permit } from './race-calls.ts'

const maxClients = 5

/** Draws the races of one database, behind the rows that they begin with. */
export class RaceGenerator {
  readonly #random: Random
  /** Of its clients. */
  readonly #levels: typeof levels
  readonly #collections: readonly CollectionDefinition[]
  #drawn = 0

  constructor(random: Random, abilities: Abilities, { collections }: SchemaDefinition) {
    this.#random = random
    this.#levels = levelsOf(abilities)
    this.#collections = Array.from(collections.values())
  }

  next(): Operation {
    const [first] = this.#collections
    if (this.#drawn++ > 0) return this.#race()
    const rows = drawFirstRows(this.#random, first!)
    return { atMs: startMs, call: 'insertMany', on: first!.name, args: [rows] }
  }

  /** Half of all races are only of serializable transactions, which may do anything. */
  #race(): Race {
    const random = this.#random
    const isSerializable = this.#levels.includes('serializable') && random.chance(0.5)
    const clients = Array.from({ length: random.between(2, maxClients) }, () =>
      this.#client(isSerializable),
    )
    const order = { seed: random.below(2 ** 31), patience: random.pick([1, 1, 20, 400]) }
    return { atMs: startMs, race: this.#withResend(clients), order }
  }

  /** Sometimes a transaction is sent twice, as the same mutation. */
  #withResend(clients: readonly Client[]): readonly Client[] {
    const [first, ...others] = clients
    if (first!.isolationLevel === null || !this.#random.chance(0.15)) return clients
    const sent = { ...first!, mutationId: `mutation-${this.#drawn}` }
    return [sent, sent, ...others].slice(0, maxClients)
  }

  #client(isSerializable: boolean): Client {
    const random = this.#random
    const isolationLevel = isSerializable ? 'serializable' : random.pick(this.#levels)
    const permit = permitOf(isolationLevel, isSerializable)
    const isTransaction = isolationLevel !== null
    return {
      isolationLevel,
      calls: Array.from({ length: random.pick([1, 2, 2, 3, 4]) }, () =>
        drawRaceCall(random, this.#collections, permit),
      ),
      fails: isTransaction && random.chance(0.15),
      catches: random.chance(0.5),
      maxRetries: random.pick([0, 3, 3, 10]),
      beside: random.chance(0.4),
    }
  }
}

const levels: readonly (IsolationLevel | null)[] = [
  null,
  null,
  'read committed',
  'read committed',
  'repeatable read',
  'repeatable read',
  'serializable',
]

function levelsOf({ transactions, serializable }: Abilities): typeof levels {
  if (!transactions) return [null]
  return serializable ? levels : levels.filter((level) => level !== 'serializable')
}

/** Calls on their own lock nothing, and among others only a guard keeps the row that was read. */
function permitOf(isolationLevel: IsolationLevel | null, isSerializable: boolean): Permit {
  if (isolationLevel === null) return { anything: false, guards: ['ifVersion'] }
  return isSerializable
    ? { anything: true, guards: ['forUpdate', 'ifVersion', 'isolation', 'isolation'] }
    : { anything: false, guards: ['forUpdate', 'forUpdate', 'ifVersion'] }
}
