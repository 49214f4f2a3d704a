import { isWherryError } from '@wherry/core'
import { expectationsOf, type Engine } from './engine.ts'
import { Mismatch, tell } from './expect.ts'
import { Interpreter, placeOf } from './interpreter.ts'
import type { Behaviour, Capability, Scenario, Step } from './scenario.ts'

export type ScenarioResult =
  | { readonly scenario: string; readonly outcome: 'passed' }
  | { readonly scenario: string; readonly outcome: 'skipped'; readonly reason: string }
  | { readonly scenario: string; readonly outcome: 'failed'; readonly message: string }

/** The name of a scenario in reports and in lists of known gaps: 'nulls: null is smallest'. */
export function titleOf(behaviour: Behaviour, scenario: Scenario): string {
  return `${behaviour.name}: ${scenario.name}`
}

/** Runs one scenario on a database of its own. Never rejects. */
export async function runScenario(
  engine: Engine,
  behaviour: Behaviour,
  scenario: Scenario,
): Promise<ScenarioResult> {
  const title = titleOf(behaviour, scenario)
  const { capabilities, knownGaps } = await expectationsOf(engine)
  const missing = scenario.needs?.filter((need) => !capabilities[need]) ?? []
  if (missing.length > 0) return runWithout(engine, behaviour, scenario, missing)
  const fault = await attempt(engine, behaviour, scenario, scenario.steps)
  const gap = Object.hasOwn(knownGaps, title) ? knownGaps[title] : undefined
  if (gap !== undefined) {
    return fault === undefined
      ? failed(title, `it passes now: close the gap in the list (${gap})`)
      : { scenario: title, outcome: 'skipped', reason: `known gap: ${gap}` }
  }
  return fault === undefined
    ? { scenario: title, outcome: 'passed' }
    : failed(title, messageOf(fault.error))
}

/** What a call asks for, which ends in Unsupported where it is missing, whatever else is. */
const isAskedFor: ReadonlySet<Capability> = new Set([
  'transactions',
  'serializable',
  'sharedBetweenProcesses',
])

/** On an engine that lacks what the scenario needs: it must say so instead of doing it by halves. */
async function runWithout(
  engine: Engine,
  behaviour: Behaviour,
  scenario: Scenario,
  missing: readonly Capability[],
): Promise<ScenarioResult> {
  const title = titleOf(behaviour, scenario)
  const lacks = `${engine.name} lacks ${missing.join(' and ')}`
  const { steps } = scenario
  const otherwise = missing.some((need) => isAskedFor.has(need)) ? undefined : scenario.otherwise
  const fault = await attempt(engine, behaviour, scenario, otherwise ?? steps)
  if (otherwise !== undefined) {
    return fault === undefined
      ? { scenario: title, outcome: 'skipped', reason: `${lacks}, and does what that means` }
      : failed(title, `${lacks}, but does not do what that means: ${messageOf(fault.error)}`)
  }
  if (fault === undefined) return failed(title, `it passes, although ${lacks}: declare it`)
  return isUnsupported(fault.error)
    ? { scenario: title, outcome: 'skipped', reason: `${lacks}, and says Unsupported` }
    : failed(title, `${lacks}, but does not say Unsupported: ${messageOf(fault.error)}`)
}

/** Also where a step expected another failure. */
function isUnsupported(error: unknown): boolean {
  const failure = error instanceof Mismatch ? error.cause : error
  return isWherryError(failure) && failure.code === 'Unsupported'
}

/** The first thing that went wrong, or undefined. */
async function attempt(
  engine: Engine,
  behaviour: Behaviour,
  scenario: Scenario,
  steps: readonly Step[],
): Promise<{ readonly error: unknown } | undefined> {
  try {
    const { lockTimeoutMs } = scenario
    const database = await engine.create(lockTimeoutMs === undefined ? {} : { lockTimeoutMs })
    try {
      const interpreter = new Interpreter(database, scenario.schema ?? behaviour.schema)
      try {
        await interpreter.run(steps, scenario.connected ?? true)
      } finally {
        await interpreter.close()
      }
    } finally {
      await database.dispose()
    }
    return undefined
  } catch (error) {
    return { error }
  }
}

function failed(scenario: string, message: string): ScenarioResult {
  return { scenario, outcome: 'failed', message }
}

function messageOf(error: unknown): string {
  const place = placeOf(error)
  const message = error instanceof Mismatch ? error.message : `unexpected ${tell(error)}`
  return place === undefined ? message : `step ${place}: ${message}`
}
