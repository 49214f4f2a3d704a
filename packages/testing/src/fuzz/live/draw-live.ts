import { planAggregate } from '@wherry/core/query'
import { Coverage } from '../generate/coverage.ts'
import { Generator } from '../generate/generator.ts'
import { drawWhere } from '../generate/filters.ts'
import { drawAggregate, drawFind } from '../generate/queries.ts'
import { Scene } from '../generate/scene.ts'
import { drawSchema } from '../generate/schema.ts'
import { drawSwarm } from '../generate/swarm.ts'
import { universe } from '../generate/universe.ts'
import type { Abilities } from '../abilities.ts'
import { Random } from '../lib/random.ts'
import { writeMethods, type Call, type Operation, type Transaction } from '../operation.ts'
import type { RowsByCollection } from '../outcome.ts'
import { buildSchema, type BuiltSchema, type SchemaSpec } from '../schema-spec.ts'
import type { LiveStep, LiveWish } from './live-case.ts'

/** Draws the live queries of one database, and what is written to it. */
export class LiveDraw {
  readonly spec: SchemaSpec
  readonly schema: BuiltSchema
  readonly #random: Random
  readonly #scene: Scene
  readonly #generator: Generator

  /** Throws InvalidSchema for a draw that is no schema. */
  constructor(seed: number, database: number, abilities: Abilities) {
    const random = new Random(seed, database)
    const coverage = new Coverage(universe())
    const swarm = drawSwarm(random, abilities)
    const doings = [
      ...writeMethods,
      ...writeMethods,
      ...(abilities.transactions ? ['transaction'] : []),
    ]
    this.#random = random
    this.spec = drawSchema(random, coverage, swarm)
    this.schema = buildSchema(this.spec)
    this.#scene = new Scene(
      random,
      coverage,
      { ...swarm, doings, spoilRate: 0 },
      this.schema.definition,
    )
    this.#generator = new Generator(this.#scene)
  }

  /** A query that may be live: some of the names that are drawn for measures may not. */
  wish(): LiveWish {
    for (;;) {
      const wish = this.#wish()
      if (wish.live !== 'liveAggregate' || this.#isAggregate(wish)) return wish
    }
  }

  #isAggregate({ on, query }: LiveWish): boolean {
    try {
      planAggregate(this.schema.definition.collections.get(on)!, query)
      return true
    } catch {
      return false
    }
  }

  #wish(): LiveWish {
    const random = this.#random
    const collection = this.#scene.anyCollection()
    const on = collection.name
    const live = random.pick(['live', 'live', 'live', 'liveCount', 'liveAggregate'] as const)
    switch (live) {
      case 'live': {
        const { select: _, offset: __, ...query } = drawFind(this.#scene, collection, 'find')
        return { live, on, query }
      }
      case 'liveCount':
        return { live, on, query: { where: drawWhere(this.#scene, collection, 'count') } }
      case 'liveAggregate':
        return { live, on, query: drawAggregate(this.#scene, collection, { exact: true }) }
    }
  }

  /** `rows` are those that there are now. */
  step(rows: RowsByCollection): LiveStep {
    const random = this.#random
    let atMs = 0
    const writes = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => {
      const operation = this.#generator.next(rows)
      atMs = operation.atMs
      return { write: writeOf(operation), beside: random.chance(0.3) }
    })
    return { atMs, writes, settles: random.chance(0.3) }
  }
}

function writeOf(operation: Operation): Call | Transaction {
  const { atMs: _, ...write } = operation
  return write as Call | Transaction
}
