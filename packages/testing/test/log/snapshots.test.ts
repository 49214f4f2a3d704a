import { createDataService, type Adapter } from '@wherry/core'
import { planCount, planFind } from '@wherry/core/query'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { engines, oracle } from '../../src/fuzz/index.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int() }),
  tags: collection({ id: t.id() }),
})
const [notes, tags] = ['notes', 'tags'].map((name) => schema.definition.collections.get(name)!)

/** SQLite in a file, and in memory: the one has a connection for reads, the other has not. */
const cases = Object.values({ oracle, ...engines }).flatMap((engine) =>
  (engine.name === 'sqlite' ? [0, 1] : [0]).map((variant) => ({ engine, variant })),
)

describe.each(cases)('a snapshot of $engine.name, $variant', (subject) => {
  const { engine, variant } = subject
  afterAll(() => engine.close?.())

  async function open() {
    const { adapter, dispose } = await engine.open(variant)
    const data = createDataService({ schema, databases: [adapter] })
    onTestFinished(async () => {
      await data.close()
      await dispose()
    })
    await data.connect()
    return { data, log: adapter.log, adapter }
  }

  it('shows one state of all collections, whatever is committed meanwhile', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { data, log, adapter } = await open()
    await data.notes.insertMany([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    // Where the database has one connection, or no transactions, who writes waits.
    const isShared =
      adapter.capabilities.sharedBetweenProcesses && adapter.capabilities.transactions
    const mayWrite = engine.name === 'memory' || isShared
    let writing: Promise<unknown> | undefined
    let reading: Promise<unknown> | undefined
    const write = async () => {
      await data.notes.insert({ id: 'c', n: 3 })
      await data.notes.update('a', { n: 10 })
      await data.notes.delete('b')
      await data.tags.insert({ id: 't' })
    }
    const { value, position } = await log.snapshot([notes!, tags!], async (reader) => {
      const first = await reader.find(planFind(notes!, {}))
      writing = write()
      reading = writing.then(() => data.notes.find())
      if (mayWrite) await writing
      return [
        first,
        await reader.find(planFind(notes!, {})),
        await reader.find(planFind(notes!, { where: { id: 'a' } })),
        await reader.aggregate(planCount(notes!, {})),
        await reader.find(planFind(tags!, {})),
      ]
    })
    await writing
    expect(await reading).toEqual([
      { id: 'a', n: 10 },
      { id: 'c', n: 3 },
    ])
    const before = [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ]
    expect(value).toEqual([before, before, before.slice(0, 1), [{ count: 2 }], []])
    const changes = []
    for (let at = position; ;) {
      const batch = await log.read(at)
      if (batch.position === at) break
      changes.push(...batch.changes)
      at = batch.position
    }
    expect(changes.map(({ old, row }) => [old, row])).toEqual([
      [null, { id: 'c', n: 3 }],
      [
        { id: 'a', n: 1 },
        { id: 'a', n: 10 },
      ],
      [{ id: 'b', n: 2 }, null],
      [null, { id: 't' }],
    ])
  })

  it('that fails leaves nothing behind', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { data, log } = await open()
    const failing = log.snapshot([notes!], async (reader) => {
      await reader.find(planFind(notes!, {}))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await data.notes.insert({ id: 'a', n: 1 })
    const { value } = await log.snapshot([notes!], (reader) => reader.find(planFind(notes!, {})))
    expect(value).toEqual([{ id: 'a', n: 1 }])
  })

  it('of nothing that is followed needs no log', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { data, log, adapter } = await open()
    await data.notes.insert({ id: 'a', n: 1 })
    const hasTables = !['memory', 'mongodb'].includes(adapter.name)
    if (hasTables) await kysely(data, adapter.name).schema.dropTable('wherry_generation').execute()
    const read = (reader: Pick<Adapter, 'find'>) => reader.find(planFind(notes!, {}))
    if (hasTables) await expect(log.snapshot([notes!], read)).rejects.toThrow(/wherry_/)
    expect(await log.snapshot([], read)).toMatchObject({ value: [{ id: 'a', n: 1 }] })
  })
})
