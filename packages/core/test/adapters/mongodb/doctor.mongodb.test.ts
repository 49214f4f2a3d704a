import { Double } from 'mongodb'
import { describe, expect, it, type TestContext } from 'vitest'
import { mongodb } from '../../../src/adapters/mongodb/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { newMongodb, type TestDatabase } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  teams: collection({ code: t.id(), rank: t.int() }).key('code').index('rank'),
  marks: collection({ team: t.ref('teams'), at: t.timestamp(), note: t.text().nullable() }).key(
    'team',
    'at',
  ),
})

/** What is found, but for what is always said of a server that stands alone. */
async function findingsOf({ url }: TestDatabase) {
  const data = await connected(schema, mongodb({ url }), { ensure: 'off' })
  const found = await data.doctor()
  return found.flatMap(({ severity, subject, problem }) =>
    subject === 'the server' ? [] : [`${severity} ${subject} ${problem}`],
  )
}

async function made(context: TestContext) {
  const database = await newMongodb(context)
  await (await connected(schema, mongodb({ url: database.url }))).close()
  return database
}

describe('doctor, on MongoDB', () => {
  it('finds nothing in a database of its own', async (context) => {
    const database = await made(context)
    const data = await connected(schema, mongodb({ url: database.url }))
    await data.teams.insert({ code: 'a', rank: 1 })
    await data.marks.insert({ team: 'a', at: new Date(0) })
    await data.close()
    expect(await findingsOf(database)).toEqual([])
  })

  it('says that a server stands alone, and what that costs', async (context) => {
    const database = await made(context)
    const data = await connected(schema, mongodb({ url: database.url }))
    const { deployment } = await database.open(schema.definition)
    const found = (await data.doctor()).filter(({ subject }) => subject === 'the server')
    expect(found.map(({ severity }) => severity)).toEqual(deployment.isReplicated ? [] : ['note'])
  })

  it('finds what is missing', async (context) => {
    const database = await newMongodb(context)
    await database.database.createCollection('teams')
    const found = (await findingsOf(database)).filter((each) => !each.includes('pre-images'))
    expect(found).toEqual([
      'error marks is a table that is missing',
      'warning marks has no index on (team, at), so what the schema means to be quick reads all rows',
      'warning teams has no index on (rank), so what the schema means to be quick reads all rows',
    ])
  })

  it('finds documents that the schema does not expect', async (context) => {
    const database = await newMongodb(context)
    await database.database
      .collection('teams')
      .insertMany([
        { _id: 'a', rank: 1 },
        { _id: 7, rank: 'first' },
        { _id: 'c' },
        { _id: 'd', rank: new Double(1.5) },
      ])
    await database.database.collection('marks').insertMany([
      { _id: { team: 'a', at: new Date(0) }, note: null },
      { _id: 'b', note: 5 },
    ])
    const found = (await findingsOf(database)).filter((each) => /^error \w+\./.test(each))
    expect(found).toEqual([
      'error marks.at is absent in a document, the field may not be null',
      'error marks.note holds what is not of kind text: one of its values must be a text, got 5',
      'error marks.team is absent in a document, the field may not be null',
      'error teams.code holds what is not of kind id: one of its values must be a text, got 7',
      'error teams.rank holds what is not of kind int: one of its values must be a whole number, got 1.5',
    ])
  })
})
