// What a user writes, compiled and run against the packed packages.
import { createDataService, isWherryError, metaOf } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { sqlite } from '@wherry/core/sqlite'
import { z } from 'zod'

export const schema = defineSchema({
  users: collection({ id: t.id(), email: t.text({ maxLength: 191 }) }).unique('email'),
  emotions: collection({
    id: t.id(),
    userId: t.ref('users'),
    kind: t.enum(['happy', 'sad', 'calm']),
    confidence: t.decimal(5, 2).default('0.00'),
    tags: t.array(t.text()),
    data: t.json(z.object({ source: z.string() })).nullable(),
    createdAt: t.createdAt(),
    version: t.version(),
  }).index('userId', 'createdAt'),
}).relations((of) => ({
  users: { emotions: of.users.hasMany('emotions', 'userId') },
  emotions: { user: of.emotions.belongsTo('users', 'userId') },
}))
type S = typeof schema
export interface AppSchema extends S {}

for (const database of [memory(), sqlite({ file: 'app.db' })]) {
  const data = createDataService({ schema, databases: [database] })
  await data.connect()
  const user = await data.users.insert({ email: 'ada@example.org' })
  await data.emotions.insert({
    userId: user.id,
    kind: 'happy',
    tags: ['a'],
    data: { source: 'face' },
  })

  const rows = await data.emotions.find({ where: { kind: 'happy', tags: { has: 'a' } } })
  const kind: 'happy' | 'sad' | 'calm' | undefined = rows[0]?.kind
  const source: string | undefined = rows[0]?.data?.source
  if (kind !== 'happy' || source !== 'face') throw new Error('the row came back changed')
  if (metaOf(rows)?.synthetic !== false) throw new Error('a stored row is not synthetic')

  // @ts-expect-error a field that the collection has not
  const wrongField: unknown = await data.emotions.find({ where: { knid: 'happy' } }).catch(codeOf)
  // @ts-expect-error a value that the field cannot hold
  const wrongValue: unknown = await data.emotions.find({ where: { kind: 1 } }).catch(codeOf)
  if (wrongField !== 'UnknownField' || wrongValue !== 'InvalidValue') {
    throw new Error(`wrong queries gave ${String(wrongField)} and ${String(wrongValue)}`)
  }
  await data.close()
}

function codeOf(error: unknown): string {
  return isWherryError(error) ? error.code : String(error)
}
