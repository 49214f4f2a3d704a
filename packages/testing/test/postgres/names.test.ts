import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger } from './support/postgres.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), version: t.version() }).table('n'.repeat(63)),
})

async function open(url: string) {
  const data = createDataService({ schema, databases: [postgres({ url })] })
  onTestFinished(() => data.close())
  await data.connect()
  return data
}

describePostgres('a table with the longest name', (server) => {
  it('is logged by triggers that are made once', async () => {
    const url = await newDatabase(server)
    await open(url)
    const { query } = await stranger(url)
    const triggers = () => query('select oid, tgname from pg_trigger order by oid')
    const made = await triggers()
    expect(made).toHaveLength(6)
    const data = await open(url)
    expect(await triggers()).toEqual(made)
    const errors = (await data.doctor()).filter(({ severity }) => severity === 'error')
    expect(errors).toEqual([])
  })
})
