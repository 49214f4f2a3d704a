import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { downSchemas } from '../../src/protocol/down.schema.ts'
import { upSchemas } from '../../src/protocol/up.schema.ts'
import { descriptor } from '../../src/schema/index.ts'
import { schema } from './notes.ts'
import { conversations, isName, type Scenario } from './pages.ts'

const { constants, collections, scenarios } = conversations

it('tells of a schema as a descriptor does', () => {
  expect(collections).toEqual(descriptor(schema).collections)
})

it('has every message in some conversation', () => {
  const messages = scenarios.flatMap((scenario) => messagesOf(scenario))
  const types = new Set(messages.map(({ message }) => message.type))
  const known = [...Object.keys(upSchemas), ...Object.keys(downSchemas)]
  expect([...types].sort()).toEqual(known.sort())
})

const named = scenarios.map((each) => [`${each.number}. ${each.name}`, each] as const)

describe.each(named)('scenario %s', (_, scenario) => {
  it('has only messages that there are', () => {
    for (const { direction, message } of messagesOf(scenario)) {
      const schemas: Readonly<Record<string, z.ZodType>> =
        direction === 'up' ? upSchemas : downSchemas
      expect(schemas[message.type]?.safeParse(filled(message)).error).toBeUndefined()
    }
  })

  it('sends nothing that it has not been told before', () => {
    const known = new Set(Object.keys(constants))
    for (const { direction, message } of messagesOf(scenario)) {
      const names = namesIn(message)
      if (direction === 'up') expect([...known]).toEqual(expect.arrayContaining(names))
      else for (const name of names) known.add(name)
    }
  })

  it('has steps that say one thing each', () => {
    for (const step of scenario.steps) {
      const things = Object.keys(step).filter((key) => key !== 'on' && key !== 'anyOrder')
      expect(things).toHaveLength(1)
      expect(step.anyOrder === undefined || 'down' in step).toBe(true)
    }
  })
})

interface Said {
  readonly direction: 'up' | 'down'
  readonly message: { readonly type: string }
}

function messagesOf({ steps }: Scenario): readonly Said[] {
  return steps.flatMap(({ up = [], down = [] }) => [
    ...up.map((message) => ({ direction: 'up' as const, message: message as Said['message'] })),
    ...down.map((message) => ({ direction: 'down' as const, message: message as Said['message'] })),
  ])
}

/** The message with something in every place that stands for something. */
function filled(message: Said['message']): unknown {
  return JSON.parse(JSON.stringify(message), (key, value: unknown) => {
    if (!isName(value)) return value
    return key === 'asOf' ? 0 : key === 'details' ? {} : value
  })
}

function namesIn(message: Said['message']): string[] {
  const names: string[] = []
  JSON.stringify(message, (_, value: unknown) => {
    if (isName(value)) names.push(value)
    return value
  })
  return names
}
