import {
  behaviours,
  checkCapabilities,
  checkKnownGaps,
  runScenario,
  titleOf,
} from '@wherry/testing'
import type { Engine, ScenarioResult } from '@wherry/testing'
import { describe, expect, it } from 'vitest'

/** The suite as vitest shows it: one test for each scenario, skips with their reasons. */
export function describeEngine(engine: Engine): void {
  describe(engine.name, () => {
    it('declares exactly the capabilities that are expected of it', async () => {
      expect(await checkCapabilities(engine)).toMatchObject({ outcome: 'passed' })
    })

    it('has known gaps in scenarios of this suite only', () => {
      expect(checkKnownGaps(engine)).toMatchObject({ outcome: 'passed' })
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
