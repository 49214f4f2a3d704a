import { findAbilities } from '../find-abilities.ts'
import { noneIfInvalid } from '../run/rerun.ts'
import type { Engine } from '../subject.ts'
import { LiveDraw } from './draw-live.ts'
import { followAll } from './follow-all.ts'
import type { LiveFault } from './judge.ts'
import type { LiveCase, LiveStep } from './live-case.ts'
import { shrinkLive } from './shrink-live.ts'

export interface LiveFuzzOptions {
  readonly engines: readonly Engine[]
  /** How many steps to take, shared out to the engines: each writes up to three things at once. */
  readonly cases: number
  readonly seed: number
  /** How long to minimize a mismatch, in milliseconds. Default 10,000. */
  readonly shrinkMs?: number
  /** Called after each database. */
  readonly onProgress?: (done: { readonly cases: number; readonly mismatches: number }) => void
}

export interface LiveFuzzFailure extends LiveFault {
  readonly engine: string
  /** The smallest case found that still shows it. */
  readonly case: LiveCase
}

export interface LiveFuzzReport {
  readonly seed: number
  readonly cases: number
  readonly mismatches: number
  /** How many events were compared. */
  readonly events: number
  readonly failures: readonly LiveFuzzFailure[]
}

const stepsPerDatabase = 40
const queriesPerDatabase = 8

/**
 * Compares what live queries tell, on each engine in turn, with the evaluator that is fed the log.
 * An engine's first mismatch ends its part of the run.
 */
export async function runLiveFuzz(options: LiveFuzzOptions): Promise<LiveFuzzReport> {
  const { engines, cases, seed, shrinkMs = 10_000, onProgress = () => undefined } = options
  const failures: LiveFuzzFailure[] = []
  const sum = { cases: 0, events: 0 }
  for (const [index, engine] of engines.entries()) {
    const until = Math.round((cases * (index + 1)) / engines.length)
    for (let database = 0; sum.cases < until; database++) {
      const steps = Math.min(stepsPerDatabase, until - sum.cases)
      const run = await runDatabase(engine, seed, database, steps).catch(noneIfInvalid)
      // A draw that is no schema is drawn again, by the next database.
      if (run === undefined) continue
      sum.cases += steps
      sum.events += run.events
      if (run.fault !== undefined) {
        const small = await shrinkLive(engine, run.case, run.fault, database, shrinkMs)
        failures.push({ engine: engine.name, ...small })
        break
      }
      onProgress({ cases: sum.cases, mismatches: failures.length })
    }
  }
  return { seed, ...sum, mismatches: failures.length, failures }
}

async function runDatabase(engine: Engine, seed: number, database: number, most: number) {
  const [entrant] = await findAbilities([engine])
  const draw = new LiveDraw(seed, database, entrant!.abilities)
  const queries = Array.from({ length: queriesPerDatabase }, () => draw.wish())
  const steps: LiveStep[] = []
  const drawn: LiveCase = { schema: draw.spec, seed, queries, steps }
  const ended = await followAll(engine, drawn, database, (rows) => {
    if (steps.length === most) return undefined
    steps.push(draw.step(rows))
    return steps.at(-1)
  })
  return { case: drawn, ...ended }
}
