import { describe, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'
import { newFile } from '../../support/files.ts'
import { connected, connectedFile, inFile } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), rank: t.int(), version: t.version() }),
})

const rowsOf = (file: string, sql: string): unknown[] => inFile(file, (db) => db.prepare(sql).all())
const dayMs = 86_400_000

describe('the ledger in a file', () => {
  it('holds the id, the actor, the result and when it may go', async () => {
    const file = newFile()
    const runtime = new FakeRuntime()
    const data = await connected(schema, sqlite({ file }), { runtime })
    await data.transaction(async () => ({ a: 1 }), { mutationId: 'm1', actor: 'ann' })
    await data.transaction(async () => undefined, { mutationId: 'm2' })
    const expires = runtime.nowMs + 7 * dayMs
    expect(rowsOf(file, 'select * from wherry_idempotency order by 1')).toEqual([
      { mutation_id: 'm1', actor: 'ann', result: '{"a":1}', expires },
      { mutation_id: 'm2', actor: null, result: 'null', expires },
    ])
  })

  it('forgets what is older than seven days, a hundred at a time', async () => {
    const file = newFile()
    const runtime = new FakeRuntime()
    const data = await connected(schema, sqlite({ file }), { runtime })
    const mutate = (mutationId: string) => data.transaction(async () => 1, { mutationId })
    for (let n = 0; n < 150; n++) await mutate(`old${n}`)
    const count = () => rowsOf(file, 'select mutation_id from wherry_idempotency').length
    runtime.nowMs += 7 * dayMs - 1
    await mutate('a')
    expect(count()).toBe(151)
    runtime.nowMs += 1
    await mutate('b')
    expect(count()).toBe(52)
    await mutate('c')
    expect(count()).toBe(3)
  })

  it('is found by its indexes alone', async () => {
    const file = newFile()
    await connectedFile(schema, file)
    const plan = rowsOf(
      file,
      `explain query plan delete from wherry_idempotency where mutation_id in (select mutation_id
        from wherry_idempotency where expires <= 5 order by expires limit 100)`,
    ) as { detail: string }[]
    expect(plan.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN'))).toEqual(
      [],
    )
  })

  it('is made in files whose log is older than it, which keep their log', async () => {
    const file = newFile()
    const first = await connectedFile(schema, file)
    await first.notes.insert({ rank: 1 })
    await first.close()
    inFile(file, (db) => db.exec('drop table wherry_idempotency'))
    const generation = rowsOf(file, 'select * from wherry_generation')
    const data = await connectedFile(schema, file)
    expect(await data.transaction(async () => 5, { mutationId: 'm1' })).toBe(5)
    expect(rowsOf(file, 'select * from wherry_generation')).toEqual(generation)
    expect(rowsOf(file, 'select seq from wherry_log')).toHaveLength(1)
  })

  it('is needed by mutations alone: a file without it says SchemaMismatch, and what to do', async () => {
    const file = newFile()
    const first = await connectedFile(schema, file)
    await first.close()
    inFile(file, (db) => db.exec('drop table wherry_idempotency'))
    const data = await connectedFile(schema, file, { ensure: 'verify' })
    await data.transaction((tx) => tx.notes.insert({ rank: 1 }))
    const error = await rejectionOf(() => data.transaction(async () => 1, { mutationId: 'm1' }))
    expect(error.code).toBe('SchemaMismatch')
    expect(error.message).toMatch(/wherry_idempotency.*ensure: 'create'/)
    expect(await data.notes.count()).toBe(1)
  })
})

describe('a log that was dropped', () => {
  it('begins anew as another log: positions of the one before are lost', async () => {
    const file = newFile()
    const before = sqlite({ file })
    const first = await connected(schema, before)
    await first.notes.insertMany([{ rank: 1 }, { rank: 2 }])
    const position = await before.log.head()
    await first.close()
    inFile(file, (db) => db.exec('drop table wherry_log'))
    const after = sqlite({ file })
    const data = await connected(schema, after)
    await data.notes.insertMany([{ rank: 1 }, { rank: 2 }, { rank: 3 }])
    expect(await rejectedCode(() => after.log.read(position))).toBe('PositionLost')
  })
})
