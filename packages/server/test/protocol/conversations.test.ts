import { describe, it } from 'vitest'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { conversations } from '../../../core/test/protocol/pages.ts'
import { replay } from './replay.ts'

const engines = [
  ['memory', () => memory()],
  ['sqlite', () => sqlite({ file: ':memory:' })],
] as const
const scenarios = conversations.scenarios.map(
  (each) => [`${each.number}. ${each.name}`, each] as const,
)

describe.each(engines)('a gateway over %s', (_, createAdapter) => {
  it.each(scenarios)('has the conversation %s', async (__, scenario) => {
    await replay(scenario, createAdapter())
  })
})
