import { createDataService, type Adapter, type DataService } from '@wherry/core'
import { planFind } from '@wherry/core/query'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { judge } from './calls.ts'
import { withinDeadline } from './deadline.ts'
import type { Engine } from './engine.ts'
import { expectValue, tell } from './expect.ts'
import type { ScenarioResult } from './run-scenario.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), title: t.text() }) })

/** What no call of a service shows, and so no scenario: what an adapter itself answers. */
type Check = (adapter: Adapter, data: DataService<typeof schema>) => Promise<void>

/** A service asks nothing of an adapter that it has not connected, or has closed. */
export function checkPing(engine: Engine): Promise<ScenarioResult> {
  const name = 'its adapter answers a ping while it is connected, and neither before nor after'
  return checkAdapter(engine, name, async (adapter, data) => {
    const ping = (expectation: object) =>
      judge('ping', () => adapter.ping(), expectation, new Map<string, unknown>())
    await ping({ fails: { code: 'NotConnected' } })
    await data.connect()
    await ping({ gives: undefined })
    await data.close()
    await ping({ fails: { code: 'NotConnected' } })
  })
}

/** How often a snapshot is read while somebody writes who may have to wait for its end. */
const readings = 100

export function checkSnapshot(engine: Engine): Promise<ScenarioResult> {
  const name = 'a snapshot of its log is of one moment, which its position names'
  return checkAdapter(engine, name, async (adapter, data) => {
    await data.connect()
    const { log, capabilities } = adapter
    await data.notes.insert({ id: 'a', title: 'before' })
    const notes = schema.definition.collections.get('notes')!
    const titles = planFind(notes, { select: ['title'] })
    let writing: unknown
    const { value, position } = await log.snapshot([notes], async (reader) => {
      const read = [await reader.find(titles)]
      writing = data.notes.insert({ id: 'b', title: 'meanwhile' })
      if (capabilities.sharedBetweenProcesses && capabilities.transactions) await writing
      while (read.length < readings) read.push(await reader.find(titles))
      return read
    })
    await writing
    const before = [{ title: 'before' }]
    expectValue(
      'what is read',
      value,
      value.map(() => before),
    )
    const behind: unknown[] = []
    for (let at = position; ;) {
      const batch = await log.read(at)
      if (batch.position === at) break
      behind.push(...batch.changes.map(({ row }) => row?.['title']))
      at = batch.position
    }
    expectValue('what is new behind it', behind, ['meanwhile'])
  })
}

async function checkAdapter(engine: Engine, name: string, check: Check): Promise<ScenarioResult> {
  const scenario = `engine: ${name}`
  try {
    const database = await engine.create({})
    try {
      const adapter = database.adapter()
      const data = createDataService({ schema, databases: [adapter] })
      try {
        await withinDeadline(check(adapter, data))
      } finally {
        await data.close()
      }
    } finally {
      await database.dispose()
    }
    return { scenario, outcome: 'passed' }
  } catch (error) {
    return { scenario, outcome: 'failed', message: tell(error) }
  }
}
