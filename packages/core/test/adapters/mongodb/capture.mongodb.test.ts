import { describe, expect, it } from 'vitest'
import { loggedOf } from '../../../src/adapters/mongodb/capture.ts'
import type { CaptureMode } from '../../../src/contract/log-settings.ts'
import { createDataService } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { codeOf } from '../../support/errors.ts'
import { newStandalone } from '../../support/mongodb.ts'

const schema = defineSchema({
  notes: collection({ id: t.id() }),
  drafts: collection({ id: t.id() }),
})
const { definition } = schema
const [notes, drafts] = ['notes', 'drafts'].map((name) => definition.collections.get(name)!)

const replicaSet = { isReplicated: true, hasExpressions: true }
const alone = { isReplicated: false, hasExpressions: true }

function logged(deployment: typeof alone, ...modes: (CaptureMode | undefined)[]): string[] {
  const given = [notes!, drafts!].flatMap((each, at) =>
    modes[at] === undefined ? [] : [[each, modes[at]] as const],
  )
  const context = { schema: definition, log: { capture: new Map(given) } }
  return [...loggedOf(context, deployment).collections.keys()]
}

describe('what a MongoDB is to log', () => {
  it('is all that is not off, by its own means', () => {
    for (const deployment of [replicaSet, alone]) {
      expect(logged(deployment)).toEqual(['notes', 'drafts'])
      expect(logged(deployment, undefined, 'off')).toEqual(['notes'])
      expect(logged(deployment, 'off', 'off')).toEqual([])
    }
    expect(logged(replicaSet, 'triggers')).toEqual(['notes', 'drafts'])
    expect(logged(alone, 'service')).toEqual(['notes', 'drafts'])
  })

  it('is refused where it has other means', () => {
    expect(codeOf(() => logged(replicaSet, undefined, 'service'))).toBe('Unsupported')
    expect(codeOf(() => logged(alone, 'triggers'))).toBe('Unsupported')
  })
})

describe('a server that stands alone', () => {
  it('has no entries of what is off, and refuses triggers', async (context) => {
    const database = await newStandalone(context)
    const adapter = database.adapter()
    const data = createDataService({ schema, databases: [adapter], capture: { drafts: 'off' } })
    await data.connect()
    const start = await adapter.log.head()
    await data.drafts.insert({ id: 'a' })
    await data.notes.insert({ id: 'b' })
    expect((await adapter.log.read(start)).changes).toMatchObject([{ row: { id: 'b' } }])
    await data.close()
    const other = { schema, databases: [database.adapter()] as const, capture: 'triggers' } as const
    await expect(createDataService(other).connect()).rejects.toMatchObject({ code: 'Unsupported' })
  })
})
