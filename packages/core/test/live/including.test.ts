import { afterEach, describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import { createDataService } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { DataServiceOptions } from '../../src/service/options.ts'
import type { DataService } from '../../src/service/types.ts'
import { eventually } from '../support/eventually.ts'
import { newFile } from '../support/files.ts'
import { otherProcess } from '../support/other-process.ts'
import { takeStep } from './follow.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), name: t.text({ maxLength: 20 }) }).unique('name'),
  posts: collection({ id: t.id(), userId: t.ref('users').nullable(), at: t.timestamp() }),
  tags: collection({ id: t.id(), name: t.text() }),
  taggings: collection({ postId: t.ref('posts'), tagId: t.ref('tags') }).key('postId', 'tagId'),
}).relations((of) => ({
  users: { posts: of.users.hasMany('posts', 'userId') },
  posts: {
    user: of.posts.belongsTo('users', 'userId'),
    tags: of.posts.hasManyThrough('tags', {
      through: 'taggings',
      field: 'postId',
      toField: 'tagId',
    }),
  },
}))
type Data = DataService<typeof schema>

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

const services: Data[] = []
async function connect(
  adapter: Adapter,
  options: Partial<DataServiceOptions<typeof schema>> = {},
): Promise<Data> {
  const data = createDataService({ schema, databases: [adapter], ...options })
  services.push(data)
  await data.connect()
  await data.users.insertMany([
    { id: 'u1', name: 'ada' },
    { id: 'u2', name: 'bob' },
  ])
  await data.posts.insertMany([
    { id: 'p1', userId: 'u1', at: new Date(1) },
    { id: 'p2', userId: 'u1', at: new Date(2) },
  ])
  await data.tags.insertMany([{ id: 't1', name: 'x' }])
  return data
}
afterEach(async () => {
  for (const data of services.splice(0)) await data.close()
})

const postsOfUser = {
  posts: { orderBy: { at: 'desc' }, limit: 1, include: { tags: true, user: { select: ['name'] } } },
} as const

/** Follows the users with their newest post, by the steps alone. */
function follow(data: Data) {
  const live = data.users.live({ include: postsOfUser })
  const seen = { rows: [] as unknown[], statuses: [] as string[], errors: [] as unknown[] }
  let isFirst = true
  live.subscribe(({ rows, changes, status, error }) => {
    seen.statuses.push(status)
    if (status === 'error') return void seen.errors.push(error)
    if (isFirst) seen.rows = [...rows]
    isFirst = false
    for (const change of changes) takeStep(seen.rows, change)
    expect(seen.rows).toEqual(rows)
  })
  const shows = async () => {
    const wanted = await data.users.find({ include: postsOfUser })
    await eventually(() => expect(seen.rows).toEqual(wanted))
    return wanted
  }
  return { seen, shows }
}

describe.each(Object.entries(engines))('a live query that includes, on %s', (_, adapter) => {
  it('shows what becomes of the rows that it includes, however far from its own', async () => {
    const data = await connect(adapter())
    const { shows } = follow(data)
    expect((await shows())[0]?.posts[0]).toEqual({
      id: 'p2',
      userId: 'u1',
      at: new Date(2),
      tags: [],
      user: { name: 'ada' },
    })
    const writes: (() => Promise<unknown>)[] = [
      () => data.taggings.insert({ postId: 'p2', tagId: 't1' }),
      () => data.tags.update('t1', { name: 'y' }),
      () => data.users.update('u1', { name: 'eva' }),
      () => data.posts.update('p2', { userId: 'u2' }),
      () => data.posts.insert({ id: 'p3', userId: 'u2', at: new Date(3) }),
      () => data.posts.delete('p3'),
      () => data.taggings.delete({ postId: 'p2', tagId: 't1' }),
      () => data.posts.update('p2', { userId: null }),
      () => data.users.delete('u2'),
    ]
    for (const write of writes) {
      await write()
      await shows()
    }
  })

  it('says nothing of changes that reach no row of its own', async () => {
    const data = await connect(adapter())
    const { seen, shows } = follow(data)
    await shows()
    await data.tags.insert({ id: 't2', name: 'z' })
    await data.posts.insert({ id: 'p4', userId: null, at: new Date(9) })
    await data.posts.insert({ id: 'p0', userId: 'u1', at: new Date(0) })
    await data.users.update('u2', { name: 'eva' })
    await shows()
    expect(seen.statuses).toEqual(['live', 'live'])
  })

  it('holds at most so many rows, with those that are included, and comes back when they fit', async () => {
    const data = await connect(adapter(), { live: { maxRows: 4 } })
    const { seen, shows } = follow(data)
    await shows()
    await data.taggings.insert({ postId: 'p2', tagId: 't1' })
    await eventually(() => expect(seen.errors).toMatchObject([{ code: 'TooLarge' }]))
    await data.users.delete('u2')
    await data.taggings.delete({ postId: 'p2', tagId: 't1' })
    await shows()
    expect(seen.statuses.at(-1)).toBe('live')
  })

  it('is asked again when touched, and says so', async () => {
    const data = await connect(adapter())
    const query = { where: { name: 'ada' }, include: { posts: true } } as const
    expect(data.users.explainLive(query)).toEqual({
      foundBy: 'value',
      fields: ['name'],
      asksAgain: 'when touched',
    })
    const unknown = { include: { nobody: true } } as object
    expect(() => data.users.live(unknown)).toThrow(
      expect.objectContaining({ code: 'UnknownRelation' }),
    )
  })

  it('is refused where one of its collections is not in the log', async () => {
    const data = await connect(adapter(), { capture: { taggings: 'off' } })
    const unlogged = expect.objectContaining({
      code: 'Unsupported',
      details: { collection: 'taggings' },
    }) as Error
    expect(() => data.users.live({ include: postsOfUser })).toThrow(unlogged)
    expect(() => data.users.explainLive({ include: postsOfUser })).toThrow(unlogged)
    const stop = data.users.live({ include: { posts: true } }).subscribe(() => undefined)
    stop()
  })
})

it('A live query that includes shows what other programs write, and whom they replace', async () => {
  const file = newFile()
  const data = await connect(sqlite({ file }))
  const { shows } = follow(data)
  await shows()
  const other = otherProcess(file)
  await other.run("insert into tags values ('t2', 'z'); insert into taggings values ('p2', 't2')")
  await shows()
  await other.run("pragma foreign_keys = off; insert or replace into users values ('u9', 'ada')")
  await shows()
})
