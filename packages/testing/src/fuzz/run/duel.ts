import { nameOf, type Operation, type Race, type Single } from '../operation.ts'
import type { Outcome, RowsByCollection } from '../outcome.ts'
import type { Raced } from '../race/laws.ts'
import { endingOf, runRace, type RaceResult } from '../race/run-race.ts'
import { buildSchema, type BuiltSchema, type SchemaSpec } from '../schema-spec.ts'
import { openSubject, type Engine, type Subject } from '../subject.ts'
import { LogFollower } from './change-log.ts'
import { disagreement } from './compare.ts'
import { openingMismatch, type Mismatch } from './mismatch.ts'
import { perform } from './perform.ts'
import { brokenLaw } from './write-laws.ts'

/** What came of one operation on all engines. */
export interface Step {
  /** The operation, and how it ended. */
  readonly endings: readonly string[]
  /** At most one of each engine. */
  readonly mismatches: readonly Mismatch[]
}

/** The oracle and the engines it measures, each with a database of one schema. */
export class Duel {
  readonly oracle: Subject
  /** Those that have agreed with the oracle in everything so far. */
  #subjects: readonly Subject[]
  readonly #opened: readonly Subject[]
  readonly #logs: ReadonlyMap<Subject, LogFollower>
  /** All rows, as the oracle has them. */
  #rows: RowsByCollection = {}
  #done = 0

  constructor(entrants: readonly Entrant[]) {
    const [oracle, ...subjects] = entrants.map(({ subject }) => subject)
    this.oracle = oracle!
    this.#subjects = subjects
    this.#opened = [oracle!, ...subjects]
    this.#logs = new Map(entrants.map(({ subject, log }) => [subject, log]))
  }

  /** Throws InvalidSchema; what else keeps an engine from opening is a mismatch of that engine. */
  static async open(
    [oracle, ...engines]: readonly Engine[],
    spec: SchemaSpec,
    seed: number,
    variant: number,
  ): Promise<{ readonly duel: Duel; readonly mismatches: readonly Mismatch[] }> {
    const schema = buildSchema(spec)
    const open = (engine: Engine) => enter(engine, schema, seed, variant)
    const measure = await open(oracle!)
    const opened = await Promise.all(
      engines.map((engine) =>
        open(engine).catch((error: unknown) => openingMismatch(engine.name, error)),
      ),
    )
    const entrants = [measure, ...opened.filter((each) => 'subject' in each)]
    const mismatches = opened.filter((each) => 'difference' in each)
    return { duel: new Duel(entrants), mismatches }
  }

  get rows(): RowsByCollection {
    return this.#rows
  }

  /** The names of those that the next step will compare. */
  get engines(): readonly string[] {
    return this.#subjects.map(({ name }) => name)
  }

  /**
   * Has all of them do the operation. Who disagrees with the oracle holds other rows from here on,
   * and what it does would only echo that: it takes no part in later steps.
   */
  async step(operation: Operation): Promise<Step> {
    const index = this.#done++
    const step = await ('race' in operation
      ? this.#race(index, operation)
      : this.#compare(index, operation))
    const parted = new Set(step.mismatches.map(({ engine }) => engine))
    const isRight = (subject: Subject) => !parted.has(subject.name)
    this.#subjects = isRight(this.oracle) ? this.#subjects.filter(isRight) : []
    return step
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((subject) => subject.close()))
  }

  async #compare(index: number, operation: Single): Promise<Step> {
    const { oracle } = this
    const [expected, ...outcomes] = (await Promise.all(
      [oracle, ...this.#subjects].map((subject) => this.#perform(subject, operation)),
    )) as [Outcome, ...Outcome[]]
    const found = { index, operation: nameOf(operation), expected }
    const endings = [`${found.operation} ${endOf(expected)}`]
    const law = brokenLaw(oracle.definition, this.#rows, operation, expected)
    if (law !== undefined) {
      return { endings, mismatches: [{ ...found, engine: oracle.name, difference: law }] }
    }
    const mismatches: Mismatch[] = []
    for (const [at, { name }] of this.#subjects.entries()) {
      const actual = outcomes[at]!
      const difference = await disagreement(operation, oracle, expected, actual)
      if (difference !== undefined) mismatches.push({ ...found, engine: name, difference, actual })
    }
    this.#rows = { ...this.#rows, ...expected.after }
    return { endings, mismatches }
  }

  /** A change log that tells something else than was done is a fault of its own. */
  async #perform(subject: Subject, operation: Single): Promise<Outcome> {
    const outcome = await perform(subject, operation)
    if (outcome.after === undefined) return outcome
    const log = this.#logs.get(subject)!
    const fault = await log
      .fault(operation, this.#rows, outcome.after)
      .catch((error: unknown) => `the change log cannot be read: ${String(error)}`)
    return fault === undefined ? outcome : { violation: fault }
  }

  /** The oracle, too, has only to keep the laws. */
  async #race(index: number, race: Race): Promise<Step> {
    const subjects = [this.oracle, ...this.#subjects]
    const results = await Promise.all(
      subjects.map((subject) =>
        runRace(subject, race).catch((error: unknown): RaceResult => ({
          law: `nothing can be read after it: ${String(error)}`,
          raced: undefined,
        })),
      ),
    )
    const endings = results.flatMap(({ raced }, at) =>
      (raced?.runs ?? []).map((run) => `race ${endingOf(run)} on ${subjects[at]!.name}`),
    )
    const mismatches = results.flatMap(({ law, raced }, at): Mismatch[] => {
      if (law === undefined) return []
      const actual = { value: raced && shown(raced) }
      return [{ index, operation: 'race', engine: subjects[at]!.name, difference: law, actual }]
    })
    return { endings, mismatches }
  }
}

interface Entrant {
  readonly subject: Subject
  readonly log: LogFollower
}

async function enter(
  engine: Engine,
  schema: BuiltSchema,
  seed: number,
  variant: number,
): Promise<Entrant> {
  const subject = await openSubject(engine, schema, seed, variant)
  try {
    return { subject, log: await LogFollower.open(subject) }
  } catch (error) {
    await subject.close()
    throw error
  }
}

/** What tells most of a race that went wrong. */
function shown({ runs, before, after }: Raced): unknown {
  const clients = runs.map(({ actor, ending, steps }) => ({ actor, ending, steps }))
  return { clients, before, after }
}

function endOf(outcome: Outcome): string {
  if ('failure' in outcome) return outcome.failure.code
  return 'violation' in outcome ? '!' : 'ok'
}
