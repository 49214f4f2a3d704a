import { createDataService } from '@wherry/core'
import { behaviours } from './scenarios/all.ts'
import { schemas } from './schemas/all.ts'
import { checkPing, checkSnapshot } from './suite/adapter-checks.ts'
import { expectationsOf, type Engine } from './suite/engine.ts'
import { show, tell } from './suite/expect.ts'
import { runScenario, titleOf, type ScenarioResult } from './suite/run-scenario.ts'

/** What an engine made of the suite. */
export interface SuiteReport {
  readonly passed: number
  readonly failed: number
  readonly skipped: readonly { readonly scenario: string; readonly reason: string }[]
  readonly failures: readonly { readonly scenario: string; readonly message: string }[]
}

/**
 * Runs every scenario against an engine, one after another, each on a database of its own.
 * `onResult` hears of each as it ends. Resolves whatever the engine does; look at `failed`.
 */
export async function runAdapterSuite(
  engine: Engine,
  onResult: (result: ScenarioResult) => void = () => undefined,
): Promise<SuiteReport> {
  const results: ScenarioResult[] = []
  const note = (result: ScenarioResult) => {
    results.push(result)
    onResult(result)
  }
  note(await checkCapabilities(engine))
  note(await checkKnownGaps(engine))
  note(await checkPing(engine))
  note(await checkSnapshot(engine))
  for (const behaviour of behaviours) {
    for (const scenario of behaviour.scenarios) {
      note(await runScenario(engine, behaviour, scenario))
    }
  }
  return summarize(results)
}

/**
 * Runs the suite for every engine that is named. One that has no runner was left out by mistake,
 * which is a failure and no skip; one that is missing on this machine is skipped with the reason.
 */
export async function runAdapterSuites(
  names: readonly string[],
  engines: readonly Engine[],
  onResult: (engine: string, result: ScenarioResult) => void = () => undefined,
): Promise<Record<string, SuiteReport>> {
  const reports: Record<string, SuiteReport> = {}
  for (const name of names) {
    const engine = engines.find((each) => each.name === name)
    const missing = engine === undefined ? leftOut(name, engines) : await absence(engine)
    reports[name] =
      missing === undefined
        ? await runAdapterSuite(engine!, (result) => onResult(name, result))
        : summarize([missing])
  }
  return reports
}

const canBeRun = 'engine: it can be run'

/** That an engine is not on this machine, where it is not. */
export async function absence(engine: Engine): Promise<ScenarioResult | undefined> {
  try {
    const reason = await engine.missing?.()
    return reason === undefined ? undefined : { scenario: canBeRun, outcome: 'skipped', reason }
  } catch (error) {
    return { scenario: canBeRun, outcome: 'failed', message: tell(error) }
  }
}

function leftOut(name: string, engines: readonly Engine[]): ScenarioResult {
  const known = engines.map((engine) => engine.name).join(', ')
  const message = `'${name}' has no runner: it was left out by mistake; there are ${known}`
  return { scenario: canBeRun, outcome: 'failed', message }
}

/** A capability that nobody expected is a scenario that nobody runs, so the lists are exact. */
export async function checkCapabilities(engine: Engine): Promise<ScenarioResult> {
  const scenario = 'engine: it declares exactly the capabilities that are expected of it'
  try {
    const { capabilities } = await expectationsOf(engine)
    const expected = sorted({ name: adapterName(engine), ...capabilities })
    const declared = sorted(await declaredBy(engine))
    if (show(declared) === show(expected)) return { scenario, outcome: 'passed' }
    const message = `expected ${show(expected)}, but it declares ${show(declared)}`
    return { scenario, outcome: 'failed', message }
  } catch (error) {
    return { scenario, outcome: 'failed', message: tell(error) }
  }
}

/** Of an adapter that is connected: what it can do may depend on its server. */
async function declaredBy(engine: Engine): Promise<object> {
  const database = await engine.create({})
  try {
    const adapter = database.adapter()
    const data = createDataService({ schema: schemas.notes, databases: [adapter] })
    await data.connect()
    const { name, capabilities } = adapter
    await data.close()
    // What is reached through something else has no transactions of several calls.
    const transactions = capabilities.transactions && database.reach === undefined
    return { name, ...capabilities, transactions }
  } finally {
    await database.dispose()
  }
}

/** A gap of a scenario that was renamed would hide nothing, and would never be closed. */
export async function checkKnownGaps(engine: Engine): Promise<ScenarioResult> {
  const scenario = 'engine: its known gaps are scenarios of this suite'
  const titles = new Set(
    behaviours.flatMap((behaviour) => behaviour.scenarios.map((each) => titleOf(behaviour, each))),
  )
  const { knownGaps } = await expectationsOf(engine)
  const unknown = Object.keys(knownGaps).filter((title) => !titles.has(title))
  if (unknown.length === 0) return { scenario, outcome: 'passed' }
  return { scenario, outcome: 'failed', message: `no such scenarios: ${unknown.join('; ')}` }
}

function adapterName({ name, adapterName: own = name }: Engine): string {
  return own
}

function sorted(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function summarize(results: readonly ScenarioResult[]): SuiteReport {
  const skipped = []
  const failures = []
  for (const { scenario, ...result } of results) {
    if (result.outcome === 'skipped') skipped.push({ scenario, reason: result.reason })
    if (result.outcome === 'failed') failures.push({ scenario, message: result.message })
  }
  const passed = results.length - skipped.length - failures.length
  return { passed, failed: failures.length, skipped, failures }
}
