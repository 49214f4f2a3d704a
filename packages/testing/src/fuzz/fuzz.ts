import { systemRuntime } from '@wherry/core'
import { inCommon, isEverything } from './abilities.ts'
import { oracle as memoryOracle } from './engines.ts'
import { findAbilities, type Entrant } from './find-abilities.ts'
import { Coverage, type Reached } from './generate/coverage.ts'
import { Generator } from './generate/generator.ts'
import { RaceGenerator } from './generate/race.ts'
import { drawRaceSchema } from './generate/race-schema.ts'
import { Scene } from './generate/scene.ts'
import { drawSchema } from './generate/schema.ts'
import { drawSwarm } from './generate/swarm.ts'
import { universe } from './generate/universe.ts'
import { Random } from './lib/random.ts'
import type { FuzzCase, Operation } from './operation.ts'
import type { RowsByCollection } from './outcome.ts'
import { Duel } from './run/duel.ts'
import { signatureOf, type Mismatch } from './run/mismatch.ts'
import { noneIfInvalid } from './run/rerun.ts'
import type { SchemaSpec } from './schema-spec.ts'
import { shrink } from './shrink/shrink.ts'
import type { Engine } from './subject.ts'

export interface FuzzOptions {
  readonly engines: readonly Engine[]
  /** How many operations to compare. */
  readonly cases: number
  readonly seed: number
  /**
   * Which part of the run this is, of how many: other processes may do the others at the same time.
   * Default: all of it.
   */
  readonly lane?: { readonly index: number; readonly of: number }
  /** What the engines are measured against. Default: memory. */
  readonly oracle?: Engine
  /** Operations on one database before the next schema is drawn. Default 200. */
  readonly casesPerSchema?: number
  /** How many of the databases are raced on by several clients, from 0 to 1. Default 0.1. */
  readonly raceShare?: number
  /** Stop after so many mismatches. Default 10. */
  readonly maxMismatches?: number
  /** How long to minimize one mismatch, in milliseconds. Default 10,000. */
  readonly shrinkMs?: number
  /** Called after each database. */
  readonly onProgress?: (progress: FuzzProgress) => void
}

export interface FuzzProgress {
  readonly cases: number
  readonly mismatches: number
}

export interface FuzzFailure {
  readonly mismatch: Mismatch
  /** The smallest case found that still shows it. */
  readonly case: FuzzCase
  /** Which database of the run it happened on, counted from 0. */
  readonly database: number
}

export interface FuzzReport {
  readonly seed: number
  readonly cases: number
  readonly mismatches: number
  /** By the names of the engines. */
  readonly engines: Readonly<Record<string, FuzzProgress>>
  /** One for each signature. */
  readonly failures: readonly FuzzFailure[]
  readonly coverage: readonly Reached[]
  /** How often each operation came to each end: 'find ok', 'insert UniqueViolation', … */
  readonly endings: ReadonlyMap<string, number>
}

/** Compares engines with the oracle on operations that the seed decides. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  return new Fuzz(options).run()
}

/** Draws the operations of one database, one after another. */
interface Draw {
  next(rows: RowsByCollection): Operation
}

interface Count {
  cases: number
  mismatches: number
}

class Fuzz {
  readonly #options: Required<Omit<FuzzOptions, 'onProgress'>>
  readonly #onProgress: (progress: FuzzProgress) => void
  readonly #coverage = new Coverage(universe())
  readonly #endings = new Map<string, number>()
  readonly #failures = new Map<string, FuzzFailure>()
  readonly #counts = new Map<string, Count>()
  readonly #sum: Count = { cases: 0, mismatches: 0 }
  #entrants: readonly Entrant[] = []

  constructor({ onProgress = () => undefined, ...options }: FuzzOptions) {
    this.#onProgress = onProgress
    this.#options = {
      oracle: memoryOracle,
      lane: { index: 0, of: 1 },
      casesPerSchema: 200,
      raceShare: 0.1,
      maxMismatches: 10,
      shrinkMs: 10_000,
      ...options,
    }
    for (const { name } of options.engines) this.#counts.set(name, { cases: 0, mismatches: 0 })
  }

  async run(): Promise<FuzzReport> {
    const { seed, maxMismatches, lane } = this.#options
    const sum = this.#sum
    this.#entrants = await findAbilities(this.#options.engines)
    for (let database = lane.index; this.#casesLeft > 0; database += lane.of) {
      if (sum.mismatches >= maxMismatches) break
      await this.#runDatabase(database)
      this.#onProgress({ ...sum })
    }
    return {
      seed,
      ...sum,
      engines: Object.fromEntries(this.#counts),
      failures: Array.from(this.#failures.values()),
      coverage: this.#coverage.report(),
      endings: this.#endings,
    }
  }

  get #casesLeft(): number {
    const { cases, lane } = this.#options
    return Math.floor((cases + lane.index) / lane.of) - this.#sum.cases
  }

  async #runDatabase(database: number): Promise<void> {
    const { seed, oracle, raceShare } = this.#options
    const entrants = this.#entrantsOf(database)
    const abilities = inCommon(entrants.map((each) => each.abilities))
    const random = new Random(seed, database)
    const isRace = random.chance(raceShare)
    const swarm = drawSwarm(random, abilities)
    const schema = isRace
      ? drawRaceSchema(random, abilities)
      : drawSchema(random, this.#coverage, swarm)
    const all = [oracle, ...entrants.map(({ engine }) => engine)]
    const opened = await Duel.open(all, schema, seed, database).catch(noneIfInvalid)
    // A draw that is no schema is drawn again, by the next database.
    if (opened === undefined) return
    const { duel, mismatches } = opened
    try {
      await this.#fail(mismatches, { schema, seed, operations: [] }, database)
      const { definition } = duel.oracle
      const draw = isRace
        ? new RaceGenerator(random, abilities, definition)
        : new Generator(new Scene(random, this.#coverage, swarm, definition))
      await this.#runOperations(duel, schema, draw, database)
    } finally {
      await duel.close()
    }
  }

  /**
   * Who takes part. Beside others, engines that cannot do everything do so in each fourth database
   * only: there all are asked for no more than those can do.
   */
  #entrantsOf(database: number): readonly Entrant[] {
    const able = this.#entrants.filter(({ abilities }) => isEverything(abilities))
    return able.length === 0 || database % 4 === 3 ? this.#entrants : able
  }

  async #runOperations(
    duel: Duel,
    schema: SchemaSpec,
    draw: Draw,
    database: number,
  ): Promise<void> {
    const { seed, casesPerSchema } = this.#options
    const operations: Operation[] = []
    for (let done = 0; done < casesPerSchema && this.#casesLeft > 0;) {
      if (duel.engines.length === 0) return
      const operation = draw.next(duel.rows)
      operations.push(operation)
      const size = sizeOf(operation)
      done += size
      this.#sum.cases += size
      for (const name of duel.engines) this.#counts.get(name)!.cases += size
      const { endings, mismatches } = await duel.step(operation)
      for (const each of endings) this.#endings.set(each, (this.#endings.get(each) ?? 0) + 1)
      await this.#fail(mismatches, { schema, seed, operations: [...operations] }, database)
    }
  }

  async #fail(mismatches: readonly Mismatch[], found: FuzzCase, database: number): Promise<void> {
    for (const mismatch of mismatches) {
      this.#sum.mismatches++
      const count = this.#counts.get(mismatch.engine)
      if (count !== undefined) count.mismatches++
      const signature = signatureOf(mismatch)
      if (this.#failures.has(signature)) continue
      const { oracle, engines, shrinkMs } = this.#options
      // The oracle itself may have broken a law.
      const engine = engines.find(({ name }) => name === mismatch.engine) ?? oracle
      const deadlineMs = systemRuntime.monotonic() + shrinkMs
      const context = { oracle, engine, variant: database, deadlineMs }
      const smallest = await shrink(context, found, mismatch)
      this.#failures.set(signature, { ...smallest, database })
    }
  }
}

/** How many cases an operation is: each client of a race is one. */
function sizeOf(operation: Operation): number {
  return 'race' in operation ? operation.race.length : 1
}
