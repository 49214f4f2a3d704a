import { test } from 'vitest'
import type { Where } from '../../src/schema/index.ts'
import { data, type AppSchema } from './schema.ts'

const find = (where: Where<AppSchema, 'emotions'>) => data.emotions.find({ where })

test('every kind takes its own tests', async () => {
  await find({ id: 'i', userId: { startsWith: 'u' }, note: { contains: 'x', ne: null } })
  await find({ kind: { in: ['happy', 'sad'] }, level: { gt: 1, lte: 9 }, total: 5n, ratio: 0.5 })
  await find({
    confidence: { gte: '1.00' },
    active: true,
    seenAt: { lt: new Date(0) },
    day: '2026-01-31',
  })
  await find({ photo: new Uint8Array(), tags: { hasAll: ['a'], isNull: false }, days: null })
  await find({ note: null, total: { in: [1n, null] }, seenAt: { isNull: true } })
  await find({ AND: [{ level: 1 }, { OR: [{ kind: 'sad' }, { NOT: { note: null } }] }] })
  await find({})
})

test('tests that a kind does not have are refused', async () => {
  // @ts-expect-error numbers are no texts
  await find({ level: { contains: 'x' } })
  // @ts-expect-error true and false have no order
  await find({ active: { gt: false } })
  // @ts-expect-error nor have bytes
  await find({ photo: { lt: new Uint8Array() } })
  // @ts-expect-error arrays are asked by has
  await find({ tags: { contains: 'x' } })
  // @ts-expect-error nor compared whole
  await find({ tags: ['a'] })
  // @ts-expect-error enum values are no texts to search in
  await find({ kind: { startsWith: 'h' } })
  // @ts-expect-error JSON is compared by a path into it
  await find({ data: { eq: 'x' } })
  // @ts-expect-error only JSON has paths
  await find({ note: { path: ['x'], eq: 'y' } })
  // @ts-expect-error there is no such operator
  await find({ level: { equals: 1 } })
})

test('operands are of the type of the field', async () => {
  // @ts-expect-error a number is no text
  await find({ userId: 1 })
  // @ts-expect-error a text is no number
  await find({ level: { gt: '1' } })
  // @ts-expect-error a number is no bigint
  await find({ total: 5 })
  // @ts-expect-error decimals are texts
  await find({ confidence: { lt: 5 } })
  // @ts-expect-error moments are Dates
  await find({ seenAt: { gt: '2026-01-31' } })
  // @ts-expect-error not one of the values
  await find({ kind: { in: ['happy', 'sadd'] } })
  // @ts-expect-error what cannot be null is not compared with it
  await find({ level: null })
  // @ts-expect-error null has no order
  await find({ seenAt: { gt: null } })
  // @ts-expect-error elements of arrays likewise
  await find({ days: { has: '2026-01-31' } })
})

test('undefined is never a filter', async () => {
  const maybe = (['u'] as string[])[1]
  // @ts-expect-error it would match every row
  await data.emotions.find({ where: { userId: maybe } })
  // @ts-expect-error also deeper down
  await data.emotions.find({ where: { OR: [{ level: 1 }, { userId: { eq: maybe } }] } })
  // @ts-expect-error also as a whole
  await data.emotions.find({ where: undefined })
  await data.emotions.find({ where: { ...(maybe !== undefined && { userId: maybe }) } })
})

test('fields that do not exist are refused at every depth', async () => {
  // @ts-expect-error misspelt
  await data.emotions.find({ where: { usrId: 'u' } })
  // @ts-expect-error misspelt beside what is right
  await data.emotions.find({ where: { userId: 'u', levl: 1 } })
  // @ts-expect-error misspelt in a group
  await data.emotions.find({ where: { OR: [{ userId: 'u' }, { AND: [{ levl: 1 }] }] } })
  // @ts-expect-error misspelt under NOT
  await data.emotions.find({ where: { NOT: { levl: 1 } } })
})

test('a path into JSON is typed key by key, and so are its tests', async () => {
  await find({ data: { path: ['source'], startsWith: 'f', ne: null } })
  await find({ data: { path: ['score'], gt: 1, lte: 9 } })
  await find({ data: { path: ['seen'], eq: true } })
  await find({ data: { path: ['parts', 0, 'name'], in: ['eye', null] } })
  await find({ data: { path: ['parts', 0, 'at', 0], lt: 5 } })
  await find({ data: { path: ['parts', 0, 'at', 1], startsWith: 'x' } })
  await find({ data: { path: ['extra', 'anything'], eq: 5 } })
  await find({ data: { path: ['parts'], isNull: true } })
  await find({ data: { isNull: false } })
  await find({ data: null })
  // @ts-expect-error there is no such key
  await find({ data: { path: ['sorce'], eq: 'f' } })
  // @ts-expect-error arrays have positions
  await find({ data: { path: ['parts', 'first'], isNull: true } })
  // @ts-expect-error the path ends before
  await find({ data: { path: ['score', 'x'], eq: 1 } })
  // @ts-expect-error a tuple has no third place
  await find({ data: { path: ['parts', 0, 'at', 2], isNull: true } })
  // @ts-expect-error its second place is a text
  await find({ data: { path: ['parts', 0, 'at', 1], eq: 5 } })
  // @ts-expect-error a number is no text
  await find({ data: { path: ['score'], contains: '1' } })
  // @ts-expect-error nor compared with one
  await find({ data: { path: ['score'], eq: '1' } })
  // @ts-expect-error true and false have no order
  await find({ data: { path: ['seen'], gt: false } })
  // @ts-expect-error not one of the values
  await find({ data: { path: ['parts', 0, 'name'], eq: 'ear' } })
  // @ts-expect-error objects are not compared
  await find({ data: { path: ['extra'], eq: {} } })
  // @ts-expect-error a path says what to test
  await find({ data: { eq: 'f' } })
  // @ts-expect-error a path leads somewhere
  await find({ data: { path: [], eq: 'f' } })
})

test('JSON of any shape takes any path and any scalar', async () => {
  await find({ any: { path: ['a', 0, 'b'], eq: 'x' } })
  await find({ any: { path: ['a'], gt: 1, ne: null } })
  await find({ any: { path: ['a'], in: ['x', 1, true, null] } })
  // @ts-expect-error there is no such operator
  await find({ any: { path: ['a'], equals: 1 } })
  // @ts-expect-error objects are not compared
  await find({ any: { path: ['a'], eq: {} } })
})
