import { expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import type { Finding } from '../../src/contract/finding.ts'
import { createDataService } from '../../src/index.node.ts'
import { rejectedCode } from '../support/errors.ts'
import { ScriptedAdapter } from '../support/scripted-adapter.ts'
import { connected } from '../support/service.ts'
import { schema } from './fixture.ts'

const finding = (severity: Finding['severity'], subject: string): Finding => ({
  severity,
  subject,
  problem: 'is odd',
  remedy: 'none',
})

it('tells the worst first', async () => {
  const adapter = new ScriptedAdapter({ durable: true })
  adapter.findings = [
    finding('note', 'a'),
    finding('error', 'c'),
    finding('warning', 'b'),
    finding('error', 'a'),
  ]
  const found = await (await connected(schema, adapter)).doctor()
  expect(found.map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
    'error a',
    'error c',
    'warning b',
    'note a',
  ])
})

it('warns of a database that does not last', async () => {
  const data = await connected(schema, memory())
  expect(await data.doctor()).toMatchObject([{ severity: 'warning', subject: 'the database' }])
})

it('needs a service that is connected', async () => {
  const data = createDataService({ schema, databases: [memory()] })
  expect(await rejectedCode(() => data.doctor())).toBe('NotConnected')
})
