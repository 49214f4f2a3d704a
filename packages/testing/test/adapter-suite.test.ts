import { readFile } from 'node:fs/promises'
import {
  behaviours,
  checkCapabilities,
  checkKnownGaps,
  runAdapterSuites,
  runScenario,
  titleOf,
} from '@wherry/testing'
import type { Behaviour, Engine, Scenario, Step } from '@wherry/testing'
import { describe, expect, it } from 'vitest'
import { changed } from './changed-engine.ts'
import { engines, memoryEngine } from './engines.ts'

const note: Step = { call: 'notes.insert', with: [{ id: 'a', title: 'x' }] }
const passing: Scenario = { name: 'it works', steps: [note, { call: 'notes.count', gives: 1 }] }
const failing: Scenario = { name: 'it fails', steps: [note, { call: 'notes.count', gives: 2 }] }

const behaviour = (...scenarios: readonly Scenario[]): Behaviour => ({
  name: 'made up',
  schema: 'notes',
  scenarios,
})

const run = (scenario: Scenario, engine: Engine = memoryEngine) =>
  runScenario(engine, behaviour(scenario), scenario)

describe('the list of scenarios', () => {
  const all = behaviours.flatMap((each) => each.scenarios.map((one) => [each, one] as const))

  it('has more than 160, each with a title of its own', () => {
    const titles = all.map(([each, one]) => titleOf(each, one))
    expect(new Set(titles).size).toBe(titles.length)
    expect(titles.length).toBeGreaterThan(160)
  })

  it('has an expectation in each', () => {
    const expects = (step: Step): boolean =>
      'gives' in step ||
      'fails' in step ||
      'are' in step ||
      'has' in step ||
      ('transaction' in step && step.transaction.some(expects)) ||
      ('parallel' in step && (step.race !== undefined || step.parallel.flat().some(expects)))
    const empty = all.filter(([, one]) => !one.steps.some(expects)).map(([, one]) => one.name)
    expect(empty).toEqual([])
  })
})

describe('the list of engines', () => {
  it('has a runner for every adapter that core exports, and some through a client', async () => {
    const manifest = await readFile(new URL('../../core/package.json', import.meta.url), 'utf8')
    const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
    const others = [
      '.',
      './schema',
      './query',
      './sql',
      './gate',
      './channels',
      './protocol',
      './protocol/schemas',
    ]
    const subpaths = Object.keys(exports).filter((subpath) => !others.includes(subpath))
    const proven = new Set(engines.map(({ name, adapterName = name }) => adapterName))
    expect(Array.from(proven)).toEqual(subpaths.map((subpath) => subpath.slice(2)))
    const remote = engines.flatMap(({ name }) => (name.startsWith('remote+') ? [name] : []))
    expect(remote).toEqual(['remote+memory', 'remote+sqlite', 'remote+postgres', 'remote+mongodb'])
  })

  it('takes an engine without a runner for a mistake, not for a skip', async () => {
    const { oracle } = await runAdapterSuites(['oracle'], engines)
    expect(oracle).toMatchObject({ passed: 0, failed: 1, skipped: [] })
    expect(oracle!.failures[0]!.message).toMatch(/'oracle' has no runner.*memory/)
  })
})

describe('a scenario', () => {
  it('passes or fails, and says at which step', async () => {
    expect(await run(passing)).toEqual({ scenario: 'made up: it works', outcome: 'passed' })
    expect(await run(failing)).toEqual({
      scenario: 'made up: it fails',
      outcome: 'failed',
      message: 'step 2: notes.count: expected 2, got 1',
    })
  })

  it('fails on an error that it does not expect, wherever that comes from', async () => {
    const steps: Step[] = [{ transaction: [note, { parallel: [[note], []] }] }]
    expect(await run({ name: 'x', steps })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/^step 1.2.1: unexpected UniqueViolation/),
    })
  })

  it('fails when a transaction hides what went wrong in it', async () => {
    const steps: Step[] = [
      {
        transaction: [{ call: 'notes.count', gives: 5 }, { throw: 'x' }],
        fails: { thrown: 'x' },
      },
    ]
    expect(await run({ name: 'x', steps })).toMatchObject({
      outcome: 'failed',
      message: 'step 1.1: notes.count: expected 5, got 0',
    })
  })

  it('fails when a branch fails that another one waits for, instead of hanging', async () => {
    const steps: Step[] = [
      {
        parallel: [[{ await: 'never' }], [{ call: 'notes.count', gives: 5 }, { signal: 'never' }]],
      },
    ]
    expect(await run({ name: 'x', steps })).toMatchObject({
      outcome: 'failed',
      message: 'step 1.1: notes.count: expected 5, got 0',
    })
  })

  it('fails when a service cannot be closed', async () => {
    const stuck = changed(() => ({ close: () => Promise.reject(new Error('stuck')) }))
    expect(await run(passing, stuck)).toMatchObject({
      outcome: 'failed',
      message: 'unexpected Error (stuck)',
    })
  })
})

describe('a known gap', () => {
  const gap = (knownGaps: Record<string, string>): Engine => ({ ...memoryEngine, knownGaps })

  it('is run, and skipped with its reason while it fails', async () => {
    expect(await run(failing, gap({ 'made up: it fails': 'not yet' }))).toMatchObject({
      outcome: 'skipped',
      reason: 'known gap: not yet',
    })
  })

  it('fails the suite once it passes', async () => {
    expect(await run(passing, gap({ 'made up: it works': 'not yet' }))).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('close the gap in the list'),
    })
  })

  it('must be a scenario', async () => {
    expect(await checkKnownGaps(gap({ 'made up: it is gone': 'not yet' }))).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('made up: it is gone'),
    })
  })
})

describe('a capability', () => {
  const without = { ...memoryEngine.capabilities, transactions: false }
  const needs: Scenario = {
    name: 'it commits',
    needs: ['transactions'],
    steps: [{ transaction: [note] }, { call: 'notes.count', gives: 1 }],
  }

  it('that the adapter and its list disagree about fails', async () => {
    expect(await checkCapabilities(memoryEngine)).toMatchObject({ outcome: 'passed' })
    expect(await checkCapabilities({ ...memoryEngine, capabilities: without })).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('transactions: true'),
    })
    const more = { ...memoryEngine.capabilities, flies: true }
    const bragging = changed(() => ({ capabilities: more }))
    expect(await checkCapabilities(bragging)).toMatchObject({ outcome: 'failed' })
  })

  it('that depends on the server is declared once that is known, and expected of it', async () => {
    let declared = without
    const growing = changed((adapter) => ({
      get capabilities() {
        return declared
      },
      connect(context) {
        declared = memoryEngine.capabilities
        return adapter.connect(context)
      },
    }))
    expect(await checkCapabilities(growing)).toMatchObject({ outcome: 'passed' })
    const lesser = changed(() => ({ capabilities: without }), {
      expectedHere: async () => ({ capabilities: without, knownGaps: { gone: 'a lesser server' } }),
    })
    expect(await checkCapabilities(lesser)).toMatchObject({ outcome: 'passed' })
    expect(await checkKnownGaps(lesser)).toMatchObject({ outcome: 'failed' })
    expect(await run(needs, lesser)).toMatchObject({ outcome: 'skipped' })
  })

  it('that is missing must be refused as Unsupported, and is a skip with a reason', async () => {
    const engine = changed(() => ({ capabilities: without }), { capabilities: without })
    expect(await run(needs, engine)).toEqual({
      scenario: 'made up: it commits',
      outcome: 'skipped',
      reason: 'memory lacks transactions, and says Unsupported',
    })
  })

  it('that is missing, but works, fails', async () => {
    expect(await run(needs, { ...memoryEngine, capabilities: without })).toMatchObject({
      outcome: 'failed',
      message: 'it passes, although memory lacks transactions: declare it',
    })
  })

  it('that is missing, and fails otherwise than as Unsupported, fails', async () => {
    const broken = changed(() => ({ transaction: () => Promise.reject(new Error('what?')) }), {
      capabilities: without,
    })
    expect(await run(needs, broken)).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('does not say Unsupported'),
    })
  })
})
