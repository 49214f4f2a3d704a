import { describe, expect, it } from 'vitest'
import { memory } from '@wherry/core/memory'
import type { Json } from '@wherry/core/schema'
import { conversations, type Scenario, type Step } from '../../../core/test/protocol/pages.ts'
import { replay } from './replay.ts'

type Parts = { readonly [name: string]: Json }

const scenarios = conversations.scenarios.map(
  (each) => [`${each.number}. ${each.name}`, each] as const,
)

/** Steps that differ from this one in one thing, and so expect what does not come. */
function falsified({ on = 'A', ...step }: Step): Step[] {
  if (step.close !== undefined) return [{ ...step, on, close: step.close + 1 }]
  if (step.down === undefined) return []
  const { down } = step
  const others = down.flatMap((message, index) => {
    const parts = message as Parts
    const told = Object.keys(parts).filter((name) => parts[name] !== '<?>')
    return [...told, 'further'].map((name) => down.with(index, { ...parts, [name]: 'another' }))
  })
  others.push([...down, { type: 'pong' }])
  // A single one might not be on its way yet when it is not waited for, and then never come.
  if (down.length > 1) others.push(down.slice(0, -1))
  return others.map((other) => ({ ...step, on, down: other }))
}

const welcomed = (welcome: Parts): Scenario => ({
  number: 1,
  name: 'Connect',
  rows: {},
  steps: [
    { up: [{ type: 'hello', version: 1 }] },
    { down: [{ type: 'welcome', version: 1, descriptor: '<?>', schema: '<?>', ...welcome }] },
  ],
})

describe('the replay of a conversation', () => {
  it.each(scenarios)('fails where anything is not as it says: %s', async (_, scenario) => {
    for (const [index, step] of scenario.steps.entries()) {
      for (const other of falsified(step)) {
        const replayed = replay({ ...scenario, steps: scenario.steps.with(index, other) }, memory())
        await expect(replayed, JSON.stringify(other)).rejects.toThrow(/^step \d+, |^expected /)
      }
    }
  })

  it('fails where one name stands for two values', async () => {
    await replay(welcomed({ source: '<one>', generation: '<other>' }), memory())
    await replay(welcomed({ source: '<?>', generation: '<?>' }), memory())
    const replayed = replay(welcomed({ source: '<one>', generation: '<one>' }), memory())
    await expect(replayed).rejects.toThrow('step 1, ')
  })

  it('fails where somebody is closed whom it does not close', async () => {
    const hello = { type: 'hello', version: 2 }
    const scenario = { ...welcomed({}), steps: [{ up: [hello] }] }
    await expect(replay(scenario, memory())).rejects.toThrow('expected ')
  })
})
