import { describe, expect, it } from 'vitest'
import type { Answer, Down, Up } from '@wherry/core/protocol'
import type { Json } from '@wherry/core/schema'
import { memory } from '@wherry/core/memory'
import { altered, gate, serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

type Call = Omit<Extract<Up, { type: 'request' }>, 'id'>

function request(method: Call['method'], ...args: Call['args'][number][]): Call {
  return { type: 'request', collection: 'notes', method, args }
}

async function withNotes() {
  const fixture = await serve()
  for (const [id, rank] of Object.entries({ a: 1, b: 2, c: 2 })) {
    await fixture.data.notes.insert({ id, title: `note ${id}`, rank, total: 2n ** 62n })
  }
  return { ...fixture, client: await fixture.open() }
}

describe('a request', () => {
  const ids = { select: ['id'] }
  const asOf = Date.UTC(2026, 0, 1)
  it.each<[Call, unknown]>([
    [request('find', { where: { rank: 2 }, ...ids }), [{ id: 'b' }, { id: 'c' }]],
    [
      request('find', { where: { total: { gt: '4611686018427387903' } }, limit: 1, ...ids }),
      [{ id: 'a' }],
    ],
    [request('findOne', { where: { rank: 3 } }), null],
    [request('get', 'a', { select: ['id', 'total'] }), { id: 'a', total: '4611686018427387904' }],
    [request('count', { where: { rank: 2 } }), 2],
    [request('count'), 3],
    [
      request('aggregate', { groupBy: ['rank'], measures: { n: 'count', all: { sum: 'rank' } } }),
      [
        { rank: 1, n: 1, all: 1 },
        { rank: 2, n: 2, all: 4 },
      ],
    ],
  ])('%j is answered', async (call, value) => {
    const { client } = await withNotes()
    expect(await client.ask(call)).toEqual({ type: 'answer', id: 101, value, asOf })
  })

  it('for a page is answered with a cursor that leads to the next one', async () => {
    const { client } = await withNotes()
    const query = { orderBy: { rank: 'desc' }, limit: 2, select: ['id'] }
    const first = await client.ask(request('page', query))
    const { next, rows } = (first as Answer).value as { rows: Json; next: string }
    expect(rows).toEqual([{ id: 'b' }, { id: 'c' }])
    const second = await client.ask(request('page', { ...query, after: next }))
    expect(second).toMatchObject({ value: { rows: [{ id: 'a' }], next: null } })
  })

  it.each<[Call, string]>([
    [{ ...request('find'), collection: 'nots' }, 'UnknownCollection'],
    [{ ...request('find'), collection: '__proto__' }, 'UnknownCollection'],
    [{ ...request('find'), collection: 'constructor' }, 'UnknownCollection'],
    [request('get', 'z'), 'NotFound'],
    [request('get', { $ne: null }), 'InvalidValue'],
    [request('get', 'a', { forUpdate: true }), 'InvalidOptions'],
    [request('find', { where: { wings: 2 } }), 'UnknownField'],
    [request('find', { where: { rank: { $ne: 1 } } }), 'UnknownOperator'],
    [request('find', { where: { rank: { regex: '(a+)+$' } } }), 'UnknownOperator'],
    [request('find', { where: { $where: '1' } }), 'UnknownField'],
    [request('find', { where: { rank: '2' } }), 'InvalidValue'],
    [request('find', { where: { rank: [2] } }), 'InvalidValue'],
    [request('find', { where: { total: 2 } }), 'InvalidValue'],
    [request('find', { limit: -1 }), 'InvalidQuery'],
    [request('find', 7), 'InvalidQuery'],
    [request('find', { orderBy: { rank: 'asc,(select 1)' } }), 'InvalidQuery'],
    [request('page', { after: 'AAAA', limit: 2 }), 'InvalidCursor'],
  ])('%j is answered with an error', async (call, code) => {
    const { client, errors } = await withNotes()
    expect(await client.ask(call)).toMatchObject({ type: 'error', id: 101, code })
    expect(client.closed).toBeUndefined()
    expect(errors).toEqual([])
  })

  it('changes no prototype, whatever its names are', async () => {
    const { client } = await withNotes()
    const frame = (where: string) =>
      `[{"type":"request","id":1,"collection":"notes","method":"find","args":[{"where":${where}}]}]`
    const hostile = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']
    for (const where of hostile) {
      client.sayText(frame(where))
      expect(await client.hear('error')).toMatchObject({ code: 'UnknownField' })
    }
    client.sayText(frame('{"data":{"path":["__proto__","polluted"],"eq":1}}'))
    expect(await client.hear('error')).toMatchObject({ code: 'InvalidQuery' })
    expect({}).not.toHaveProperty('polluted')
  })

  it.each(['{"limit":1e309}', '{"where":{"rank":1e309}}', '{"where":{"rank":-0.5}}'])(
    'for %s is answered with an error',
    async (query) => {
      const { client } = await withNotes()
      client.sayText(
        `[{"type":"request","id":1,"collection":"notes","method":"find","args":[${query}]}]`,
      )
      expect((await client.hear('error')).code).toMatch(/InvalidQuery|InvalidValue|OutOfRange/)
    },
  )

  it('that fails as nobody expected says nothing of why; onError hears it', async () => {
    const failure = new Error('connect ECONNREFUSED 10.1.2.3:5432')
    const adapter = altered(memory(), { find: () => Promise.reject(failure) })
    const { open, errors } = await serve({ adapter })
    const client = await open()
    const answer = await client.ask(request('find', {}))
    expect(answer).toMatchObject({ type: 'error', code: 'Internal' })
    expect(JSON.stringify(answer)).not.toContain('10.1.2.3')
    expect(errors).toEqual([failure])
  })
})

describe('answers', () => {
  it('of a turn travel in one frame, each under the id of what it answers', async () => {
    const { client } = await withNotes()
    client.frames.length = 0
    const ids = Array.from({ length: 64 }, (_, id) => id)
    client.say(...ids.map((id) => ({ ...request('get', id % 2 === 0 ? 'a' : 'z'), id })))
    await quiet()
    expect(client.frames).toHaveLength(1)
    const kinds = client.take().map((message) => [(message as { id: number }).id, message.type])
    const byId = kinds.toSorted(([a], [b]) => Number(a) - Number(b))
    expect(byId).toEqual(ids.map((id) => [id, id % 2 === 0 ? 'answer' : 'error']))
  })

  it('that together are long travel in several frames', async () => {
    const { client, data } = await withNotes()
    await data.notes.insert({ id: 'long', title: 'x'.repeat(100_000) })
    client.frames.length = 0
    client.say(...[1, 2, 3, 4, 5].map((id) => ({ ...request('get', 'long'), id })))
    await quiet()
    expect(client.frames.map((frame) => JSON.parse(frame) as Down[])).toMatchObject([
      [{ id: 1 }, { id: 2 }],
      [{ id: 3 }, { id: 4 }],
      [{ id: 5 }],
    ])
  })
})

describe('an id', () => {
  const find = request('find', {})

  it('may be used again once it has been answered', async () => {
    const { client } = await withNotes()
    for (let times = 0; times < 3; times++) {
      client.say({ ...find, id: 7 })
      expect(await client.hear('answer')).toMatchObject({ id: 7 })
    }
  })

  it.each<[string, Up, Up]>([
    ['two requests', { ...find, id: 7 }, { ...find, id: 7 }],
    [
      'a request and a mutation',
      { ...find, id: 7 },
      {
        type: 'mutate',
        id: 7,
        mutationId: 'm',
        collection: 'notes',
        method: 'delete',
        args: ['a'],
      },
    ],
    [
      'a request and a subscription',
      { ...find, id: 7 },
      { type: 'subscribe', id: 7, collection: 'notes', query: {} },
    ],
    [
      'a subscription and a request',
      { type: 'subscribe', id: 7, collection: 'notes', query: {} },
      { ...find, id: 7 },
    ],
    [
      'two subscriptions',
      { type: 'subscribe', id: 7, collection: 'notes', query: {} },
      { type: 'subscribe', id: 7, collection: 'seats', query: {} },
    ],
  ])('for %s at once ends the conversation', async (_, one, other) => {
    const { client } = await withNotes()
    client.say(one, other)
    expect(await client.ended()).toEqual({ code: 4405, reason: 'the id 7 is in use' })
  })

  it.each(['-1', '0.5', '"1"', '1e300', 'null'])('cannot be %s', async (id) => {
    const { client } = await withNotes()
    client.sayText(
      `[{"type":"request","id":${id},"collection":"notes","method":"count","args":[]}]`,
    )
    expect(await client.ended()).toMatchObject({ code: 4400 })
  })
})

describe('one connection', () => {
  it('may have a thousand calls under way, and beside them a thousand subscriptions', async () => {
    const { opened, open } = gate()
    const base = memory()
    const find: typeof base.find = async (plan) => opened.then(() => base.find(plan))
    const fixture = await serve({ adapter: altered(base, { find }) })
    const client = await fixture.open()
    for (let id = 0; id < 1_000; id++) client.say({ ...request('find', {}), id })
    for (let id = 1_000; id < 2_000; id++) {
      client.say({ type: 'subscribe', id, collection: 'notes', query: {} })
    }
    await quiet()
    expect(client.closed).toBeUndefined()
    open()
    await quiet()
    expect(client.take().filter(({ type }) => type === 'answer')).toHaveLength(1_000)
    client.say({ ...request('find', {}), id: 0 })
    await client.hear('answer')
    client.say({ type: 'subscribe', id: 2_000, collection: 'notes', query: {} })
    expect(await client.hear('error')).toMatchObject({ id: 2_000, code: 'LimitExceeded' })
    client.say({ type: 'unsubscribe', id: 1_000 })
    client.say({ type: 'subscribe', id: 2_000, collection: 'notes', query: {} })
    expect(await client.hear('subscribed')).toMatchObject({ id: 2_000 })
    expect(client.closed).toBeUndefined()
  })

  it('may not have one call more', async () => {
    const base = memory()
    const find = () => new Promise<never>(() => undefined)
    const { open } = await serve({ adapter: altered(base, { find }) })
    const client = await open()
    for (let id = 0; id <= 1_000; id++) client.say({ ...request('find', {}), id })
    expect(client.closed).toMatchObject({ code: 4429 })
  })
})

describe('a frame that does not keep to the protocol ends the conversation with 4400', () => {
  const call = '"type":"request","id":1,"collection":"notes"'
  it.each([
    ['no JSON', '[{"type":"ping"}'],
    ['half a text', '[{"type":"pi'],
    ['nothing', ''],
    ['9 KiB of [', '['.repeat(9 * 1024)],
    ['an object', '{"type":"ping"}'],
    ['a message that is an array', '[[]]'],
    ['a message that is null', '[null]'],
    ['a message that is a text', '["ping"]'],
    ['an unknown message', '[{"type":"login"}]'],
    ['a type of another type', '[{"type":{"toString":""}}]'],
    ['a message that only a server sends', '[{"type":"pong"}]'],
    ['__proto__ as a type', '[{"type":"__proto__"}]'],
    ['constructor as a type', '[{"type":"constructor"}]'],
    ['a part too many', '[{"type":"ping","loudly":true}]'],
    ['__proto__ as a part', '[{"type":"ping","__proto__":{"admin":true}}]'],
    ['a part too many in letters of many bytes', `[{"type":"ping","${'é€😀'.repeat(80)}":1}]`],
    ['a part too few', `[{${call},"method":"find"}]`],
    ['an unknown method', `[{${call},"method":"drop","args":[]}]`],
    ['constructor as a method', `[{${call},"method":"constructor","args":[]}]`],
    ['a write as a request', `[{${call},"method":"insert","args":[{}]}]`],
    ['arguments that are no array', `[{${call},"method":"find","args":{"length":1}}]`],
    ['too many arguments', `[{${call},"method":"find","args":[1,2,3,4]}]`],
    ['a collection of a wrong type', '[{"type":"subscribe","id":1,"collection":{},"query":{}}]'],
    [
      'a mutation id with a space',
      `[{${call.replace('request', 'mutate')},"mutationId":"a b","method":"insert","args":[{}]}]`,
    ],
  ])('%s', async (_, frame) => {
    const { client, errors } = await withNotes()
    client.sayText(frame)
    const { code, reason } = await client.ended()
    expect(code).toBe(4400)
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    expect(errors).toEqual([])
    expect({}).not.toHaveProperty('admin')
  })

  it('and what it had said before is done', async () => {
    const { client, data } = await withNotes()
    const deletion = { type: 'mutate', collection: 'notes', method: 'delete', args: ['a'] } as const
    client.sayText(JSON.stringify([{ ...deletion, id: 1, mutationId: 'm' }, { type: 'login' }]))
    expect(await client.ended()).toMatchObject({ code: 4400 })
    await quiet()
    expect(await data.notes.count()).toBe(2)
  })

  it('and nothing that it says later', async () => {
    const { client, data } = await withNotes()
    const deletion = { type: 'mutate', collection: 'notes', method: 'delete', args: ['a'] } as const
    client.sayText('?')
    client.say({ ...deletion, id: 1, mutationId: 'm' })
    await quiet()
    expect(await data.notes.count()).toBe(3)
  })
})
