import {
  absence,
  behaviours,
  checkCapabilities,
  checkKnownGaps,
  checkPing,
  checkSnapshot,
  runScenario,
  titleOf,
} from '@wherry/testing'
import type { Engine, ScenarioResult } from '@wherry/testing'
import { describe, expect, it } from 'vitest'

/** Each step of a scenario has a deadline of its own, which says what hung; this is for no step. */
const timeoutMs = 600_000

/**
 * The suite as vitest shows it: one test for each scenario, skips with their reasons. Await it, for
 * a server takes a while to be found. `concurrent`: several scenarios at once, for engines that wait
 * for servers and have a database for each scenario.
 */
export async function describeEngine(
  engine: Engine,
  { concurrent = false }: { readonly concurrent?: boolean } = {},
): Promise<void> {
  const missing = await absence(engine)
  describe(engine.name, { timeout: timeoutMs, concurrent }, () => {
    if (missing !== undefined) {
      it('can be run on this machine', (test) => {
        if (missing.outcome === 'skipped') test.skip(missing.reason)
        expect(missing).toMatchObject({ outcome: 'passed' })
      })
      return
    }
    it('declares exactly the capabilities that are expected of it', async () => {
      expect(await checkCapabilities(engine)).toMatchObject({ outcome: 'passed' })
    })

    it('has known gaps in scenarios of this suite only', async () => {
      expect(await checkKnownGaps(engine)).toMatchObject({ outcome: 'passed' })
    })

    it('answers a ping while it is connected, and neither before nor after', async () => {
      expect(await checkPing(engine)).toMatchObject({ outcome: 'passed' })
    })

    it('has snapshots of one moment, which their positions name', async () => {
      expect(await checkSnapshot(engine)).toMatchObject({ outcome: 'passed' })
    })

    for (const behaviour of behaviours) {
      for (const scenario of behaviour.scenarios) {
        it(titleOf(behaviour, scenario), async (test) => {
          const result = await runScenario(engine, behaviour, scenario)
          if (result.outcome === 'skipped') test.skip(result.reason)
          expect(messageOf(result)).toBeUndefined()
        })
      }
    }
  })
}

function messageOf(result: ScenarioResult): string | undefined {
  return result.outcome === 'failed' ? result.message : undefined
}
