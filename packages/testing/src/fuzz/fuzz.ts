import { systemRuntime } from '@wherry/core'
import { oracle as memoryOracle } from './engines.ts'
import { Coverage, type Reached } from './generate/coverage.ts'
import { Generator } from './generate/generator.ts'
import { Scene } from './generate/scene.ts'
import { drawSchema } from './generate/schema.ts'
import { drawSwarm } from './generate/swarm.ts'
import { universe } from './generate/universe.ts'
import { Random } from './lib/random.ts'
import { nameOf, type FuzzCase, type Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { Duel } from './run/duel.ts'
import { openingMismatch, signatureOf, type Mismatch } from './run/mismatch.ts'
import type { SchemaSpec } from './schema-spec.ts'
import { shrink } from './shrink/shrink.ts'
import type { Engine } from './subject.ts'

export interface FuzzOptions {
  readonly engines: readonly Engine[]
  /** How many operations to compare. */
  readonly cases: number
  readonly seed: number
  /** What the engines are measured against. Default: memory. */
  readonly oracle?: Engine
  /** Operations on one database before the next schema is drawn. Default 200. */
  readonly casesPerSchema?: number
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

class Fuzz {
  readonly #options: Required<Omit<FuzzOptions, 'onProgress'>>
  readonly #onProgress: (progress: FuzzProgress) => void
  readonly #coverage = new Coverage(universe())
  readonly #endings = new Map<string, number>()
  readonly #failures = new Map<string, FuzzFailure>()
  #cases = 0
  #mismatches = 0

  constructor({ onProgress = () => undefined, ...options }: FuzzOptions) {
    this.#onProgress = onProgress
    this.#options = {
      oracle: memoryOracle,
      casesPerSchema: 200,
      maxMismatches: 10,
      shrinkMs: 10_000,
      ...options,
    }
  }

  async run(): Promise<FuzzReport> {
    const { cases, seed, maxMismatches } = this.#options
    for (let database = 0; this.#cases < cases && this.#mismatches < maxMismatches; database++) {
      await this.#runDatabase(database)
      this.#onProgress({ cases: this.#cases, mismatches: this.#mismatches })
    }
    return {
      seed,
      cases: this.#cases,
      mismatches: this.#mismatches,
      failures: Array.from(this.#failures.values()),
      coverage: this.#coverage.report(),
      endings: this.#endings,
    }
  }

  async #runDatabase(database: number): Promise<void> {
    const { seed, oracle, engines } = this.#options
    const random = new Random(seed, database)
    const swarm = drawSwarm(random)
    const schema = drawSchema(random, this.#coverage, swarm)
    let duel: Duel
    try {
      duel = await Duel.open([oracle, ...engines], schema, seed, database)
    } catch (error) {
      // A draw that is no schema is drawn again, by the next database.
      const mismatch = openingMismatch(engines[0]!.name, error)
      if (mismatch !== undefined)
        await this.#fail(mismatch, { schema, seed, operations: [] }, database)
      return
    }
    try {
      const scene = new Scene(random, this.#coverage, swarm, duel.oracle.definition)
      await this.#runOperations(duel, schema, scene, database)
    } finally {
      await duel.close()
    }
  }

  async #runOperations(
    duel: Duel,
    schema: SchemaSpec,
    scene: Scene,
    database: number,
  ): Promise<void> {
    const { seed, cases, casesPerSchema } = this.#options
    const generator = new Generator(scene)
    const operations: Operation[] = []
    while (operations.length < casesPerSchema && this.#cases < cases) {
      const operation = generator.next()
      operations.push(operation)
      this.#cases++
      const { expected, mismatch } = await duel.step(operation)
      this.#count(operation, expected)
      // The two hold different rows from here on: what follows would only echo it.
      if (mismatch !== undefined)
        return this.#fail(mismatch, { schema, seed, operations }, database)
      scene.note(duel.rows)
    }
  }

  #count(operation: Operation, outcome: Outcome): void {
    const end = 'failure' in outcome ? outcome.failure.code : 'violation' in outcome ? '!' : 'ok'
    const ending = `${nameOf(operation)} ${end}`
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1)
  }

  async #fail(mismatch: Mismatch, found: FuzzCase, database: number): Promise<void> {
    this.#mismatches++
    const signature = signatureOf(mismatch)
    if (this.#failures.has(signature)) return
    const { oracle, engines, shrinkMs } = this.#options
    const engine = engines.find(({ name }) => name === mismatch.engine)!
    const deadlineMs = systemRuntime.monotonic() + shrinkMs
    const context = { oracle, engine, variant: database, deadlineMs }
    const smallest = await shrink(context, found, mismatch)
    this.#failures.set(signature, { ...smallest, database })
  }
}
