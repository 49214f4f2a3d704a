import { nameOf, type Operation } from '../operation.ts'
import type { Outcome, RowsByCollection } from '../outcome.ts'
import type { SchemaSpec } from '../schema-spec.ts'
import { closeSubjects, openSubjects, type Engine, type Subject } from '../subject.ts'
import { disagreement } from './compare.ts'
import type { Mismatch } from './mismatch.ts'
import { perform } from './perform.ts'
import { brokenLaw } from './write-laws.ts'

/** The oracle and the engines it measures, each with a database of one schema. */
export class Duel {
  readonly oracle: Subject
  readonly #subjects: readonly Subject[]
  /** All rows, as the oracle has them. */
  #rows: RowsByCollection = {}
  #done = 0

  constructor([oracle, ...subjects]: readonly Subject[]) {
    this.oracle = oracle!
    this.#subjects = subjects
  }

  static async open(
    engines: readonly Engine[],
    schema: SchemaSpec,
    seed: number,
    variant: number,
  ): Promise<Duel> {
    return new Duel(await openSubjects(engines, schema, seed, variant))
  }

  get rows(): RowsByCollection {
    return this.#rows
  }

  /** Has all of them do the operation; tells what came of it, and the first disagreement. */
  async step(operation: Operation): Promise<{ expected: Outcome; mismatch?: Mismatch }> {
    const index = this.#done++
    const expected = await perform(this.oracle, operation)
    const law = brokenLaw(this.oracle.definition, this.#rows, operation, expected)
    const found = { index, operation: nameOf(operation), expected }
    if (law !== undefined) {
      const engine = this.#subjects[0]!.name
      return { expected, mismatch: { ...found, engine, difference: `oracle: ${law}` } }
    }
    for (const subject of this.#subjects) {
      const actual = await perform(subject, operation)
      const difference = await disagreement(operation, this.oracle, expected, actual)
      if (difference === undefined) continue
      return { expected, mismatch: { ...found, engine: subject.name, difference, actual } }
    }
    this.#rows = { ...this.#rows, ...expected.after }
    return { expected }
  }

  close(): Promise<void> {
    return closeSubjects([this.oracle, ...this.#subjects])
  }
}
