import { describe, expect, it } from 'vitest'
import { examine } from '../../../src/adapters/mongodb/doctor.ts'
import { ensureCollections } from '../../../src/adapters/mongodb/ensure.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { RecordedDatabase, replicaSet } from './recorded-database.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), email: t.text({ maxLength: 50 }), rank: t.int() })
    .unique('email')
    .index('rank'),
})

async function made() {
  const database = new RecordedDatabase()
  await ensureCollections(database.context(schema), 'create')
  return database
}

const findings = async (...context: Parameters<RecordedDatabase['context']>) => {
  const found = await examine((await made()).context(...context))
  return found.map(({ severity, subject }) => `${severity} ${subject}`)
}

describe('doctor, as MongoDB answers', () => {
  it('finds nothing in a replica set with collections of its own', async () => {
    expect(await findings(schema)).toEqual([])
  })

  it('tells what a server that stands alone has not', async () => {
    expect(await findings(schema, { ...replicaSet, isReplicated: false })).toEqual([
      'note the server',
    ])
  })

  it.for<[concern: object, isReplicated: boolean, isWeak: boolean]>([
    [{ w: 'majority' }, true, false],
    [{ w: 'majority', journal: false }, true, true],
    [{ w: 1 }, true, true],
    [{ w: 1, journal: true }, true, true],
    [{ w: 2 }, true, true],
    [{ w: 2, journal: true }, true, false],
    [{ journal: true }, true, false],
    [{ w: 1 }, false, true],
    [{ w: 1, journal: true }, false, false],
  ])(
    'warns of a write concern that may lose writes: %j',
    async ([concern, isReplicated, isWeak]) => {
      const found = await findings(schema, { ...replicaSet, isReplicated }, concern)
      expect(found.includes('warning the write concern')).toBe(isWeak)
    },
  )

  it('finds what ensure would add', async () => {
    const indexes = [{ key: { email: 1 }, unique: true }]
    const database = new RecordedDatabase({ name: 'users', indexes })
    const create = "connect with { ensure: 'create' }"
    expect(await examine(database.context(schema))).toEqual([
      {
        severity: 'warning',
        subject: 'users',
        problem: 'has no index on (rank), so what the schema means to be quick reads all rows',
        remedy: create,
      },
      {
        severity: 'error',
        subject: 'users',
        problem: 'keeps no pre-images, so the log cannot tell what its rows were before a change',
        remedy: create,
      },
    ])
    expect(database.told).toEqual([])
  })
})
