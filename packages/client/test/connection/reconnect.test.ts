import type { Down } from '@wherry/core/protocol'
import { describe, expect, it } from 'vitest'
import { caught } from '../support/caught.ts'
import { connected, reconnect, start, welcome } from '../support/script.ts'

describe('after the connection broke', () => {
  it('sends what was not answered again, in order, under the same ids', async () => {
    const scene = await connected()
    const { db } = scene
    const insert = db.notes.insert({ text: 'a' })
    void caught(db.notes.get('1'))
    const answered = db.notes.get('2')
    void caught(db.notes.update('1', { text: 'b' }))
    const before = await scene.socket.heard()
    await scene.socket.say({ type: 'answer', id: before[2]!.id!, value: { id: '2' }, asOf: 0 })
    await answered
    await scene.socket.drop()
    void caught(db.notes.delete('9'))
    await scene.runtime.advance(100)
    await scene.socket.accept()
    const again = await scene.socket.heard()
    expect(again.slice(0, 3)).toEqual([before[0], before[1], before[3]])
    expect(again[0]!.mutationId).toBe(insert.id)
    expect(again.slice(3)).toMatchObject([{ method: 'delete' }])
    await scene.socket.say({ type: 'answer', id: again[0]!.id!, value: { id: '1', text: 'a' } })
    expect(await insert).toEqual({ id: '1', text: 'a' })
  })

  it('does not send on the old socket what was called in the turn that it broke in', async () => {
    const scene = await connected()
    void caught(scene.db.notes.get('1'))
    scene.socket.emit('close', { code: 1006, reason: '' })
    await scene.runtime.advance(100)
    expect(scene.sockets[0]!.frames).toHaveLength(1)
    await scene.socket.accept()
    expect(await scene.socket.heard()).toHaveLength(1)
  })

  it('names the schema that it knows, and needs not be told it again', async () => {
    const scene = await connected()
    const { descriptor: _, ...short } = welcome
    await reconnect(scene, short)
    expect(scene.socket.frames[0]).toBe(
      `[{"type":"hello","version":1,"schema":"${welcome.schema}"}]`,
    )
    void caught(scene.db.notes.get('1'))
    expect(await scene.socket.heard()).toHaveLength(1)
  })

  it('reads answers by the schema that the server has now', async () => {
    const scene = await connected()
    const found = scene.db.notes.find()
    const fields = { id: { kind: 'id' }, text: { kind: 'bigint' } } as const
    const descriptor = { hash: 'other', collections: { notes: { fields, key: ['id'] } } }
    await reconnect(scene, { ...welcome, schema: 'other', descriptor })
    const { id } = await scene.socket.one()
    await scene.socket.say({ type: 'answer', id, value: [{ id: '1', text: '5' }], asOf: 0 })
    expect(await found).toEqual([{ id: '1', text: 5n }])
  })

  it('waits for a random time below a limit that doubles up to a cap', async () => {
    const scene = start({ reconnect: { baseMs: 100, capMs: 1_000 } })
    const { runtime } = scene
    const waits: number[] = []
    runtime.chances = [0.999, 0.999, 0.999, 0.999, 0.999, 0, 0.5]
    for (let i = 0; i < 7; i++) {
      await scene.socket.drop()
      const status = scene.db.status()
      if (status.state !== 'waiting') throw new Error(status.state)
      waits.push(status.retryAt.getTime() - runtime.now())
      await runtime.advance(1_000)
    }
    expect(waits).toEqual([199, 399, 799, 999, 999, 0, 500])
    await scene.socket.accept()
    await scene.socket.drop()
    expect(scene.db.status()).toMatchObject({ state: 'waiting', attempt: 1 })
  })

  it('counts attempts until it is welcomed, not until a socket opens', async () => {
    const scene = start()
    for (let i = 0; i < 3; i++) {
      scene.socket.emit('open', {})
      await scene.socket.drop(1001)
      await scene.runtime.advance(10_000)
    }
    expect(scene.db.status()).toEqual({ state: 'connecting', attempt: 4 })
  })

  it('gives up an attempt that takes longer than a call may', async () => {
    const scene = start({ timeoutMs: 2_000 })
    scene.socket.emit('open', {})
    await scene.runtime.advance(1_999)
    expect(scene.db.status()).toMatchObject({ state: 'connecting', attempt: 1 })
    await scene.runtime.advance(1)
    expect(scene.db.status()).toMatchObject({ state: 'waiting', attempt: 2 })
    expect(scene.sockets[0]!.closedWith).toBe(4408)
    await scene.runtime.advance(200)
    await scene.sockets[0]!.accept()
    expect(scene.db.status()).toMatchObject({ state: 'connecting', attempt: 2 })
  })

  it('tries again when a socket cannot even be made', async () => {
    let isBroken = true
    const scene = start()
    const errors: string[] = []
    const { db } = start({
      runtime: scene.runtime,
      socket: () => {
        if (isBroken) throw new Error('no sockets left')
        return scene.socket
      },
    })
    db.on('error', ({ message }) => errors.push(message))
    isBroken = false
    await scene.runtime.advance(200)
    await scene.socket.accept()
    expect(db.status().state).toBe('connected')
  })
})

describe('a server that does not keep to the protocol', () => {
  it.each([
    'no JSON',
    '{}',
    '"text"',
    'null',
    '[null]',
    '[{"type":"welcome","version":1}',
    '[{"type":"pong"}]',
    new Uint8Array([1]),
    undefined,
  ])('that says %o loses the connection, and is tried again', async (data) => {
    const scene = await connected()
    const errors: string[] = []
    scene.db.on('error', ({ message }) => errors.push(message))
    const read = scene.db.notes.get('1')
    scene.socket.emit('message', { data })
    await scene.runtime.advance(0)
    expect(scene.db.status().state).toBe('waiting')
    expect(scene.socket.closedWith).toBe(4400)
    expect(errors).toEqual([expect.stringMatching(/does not keep to the protocol/)])
    await scene.runtime.advance(100)
    await scene.socket.accept()
    const { id } = await scene.socket.one()
    await scene.socket.say({ type: 'answer', id, value: { id: '1' }, asOf: 0 })
    expect(await read).toEqual({ id: '1' })
  })

  it.each<[string, Down]>([
    ['no welcome first', { type: 'pong' }],
    ['another version', { ...welcome, version: 2 }],
    ['no schema', { ...welcome, descriptor: undefined }],
    ['a broken schema', { ...welcome, descriptor: { hash: 'x' } as never }],
  ])('that has %s loses the connection', async (_, answer) => {
    const scene = start()
    await scene.socket.accept(answer)
    expect(scene.db.status()).toMatchObject({ state: 'waiting', attempt: 2 })
    await scene.runtime.advance(1_000)
    await scene.socket.accept()
    expect(scene.db.status().state).toBe('connected')
  })

  it('may say what nobody asked, or what this version has not', async () => {
    const { db, socket } = await connected()
    await socket.say(
      { type: 'answer', id: 99, value: 1 },
      { type: 'error', id: 98, code: 'Internal', message: '' },
      { type: 'push', channel: 'c', prev: 'a', offset: 'b', changes: [] },
      { type: 'settled', mutationIds: ['m'] },
      { type: 'unheard' } as never,
    )
    expect(db.status().state).toBe('connected')
  })

  it('is heard no more once its socket has been given up', async () => {
    const scene = await connected()
    const read = scene.db.notes.get('1')
    const { id } = await scene.socket.one()
    await reconnect(scene)
    await scene.sockets[0]!.say({ type: 'answer', id, value: { id: 'old' }, asOf: 0 })
    await scene.sockets[0]!.drop()
    await scene.socket.say({ type: 'answer', id, value: { id: 'new' }, asOf: 0 })
    expect(await read).toEqual({ id: 'new' })
  })
})
