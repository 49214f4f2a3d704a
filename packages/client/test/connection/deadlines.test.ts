import { expect, it } from 'vitest'
import { caught } from '../support/caught.ts'
import { connected, reconnect, start } from '../support/script.ts'

it('a read that is not answered in time rejects with Timeout', async () => {
  const { db, runtime, socket } = await connected({ timeoutMs: 500 })
  let error: unknown
  const read = caught(db.notes.find()).then((reason) => (error = reason))
  await runtime.advance(499)
  expect(error).toBeUndefined()
  await runtime.advance(1)
  await read
  expect(error).toMatchObject({ code: 'Timeout', retryable: true })
  const { id } = await socket.one()
  await socket.say({ type: 'answer', id, value: [], asOf: 0 })
  expect(db.status().state).toBe('connected')
})

it('a write that was sent and not answered in time is of unknown outcome', async () => {
  const { db, runtime, socket } = await connected()
  const write = db.notes.insert({ text: 'a' })
  const error = caught(write)
  await socket.one()
  await runtime.advance(10_000)
  expect(await error).toMatchObject({
    code: 'UnknownOutcome',
    details: { outcome: 'unknown', mutationId: write.id },
  })
})

it('a write that could not be sent in time is not applied, and is not sent later', async () => {
  const { db, runtime, socket } = start()
  const write = caught(db.notes.insert({ text: 'a' }))
  await runtime.advance(10_000)
  expect(await write).toMatchObject({ code: 'Timeout', details: { outcome: 'not-applied' } })
  await runtime.advance(1_000)
  await socket.accept()
  expect(await socket.heard()).toEqual([])
})

it('a write that was sent on a connection before stays of unknown outcome', async () => {
  const scene = await connected({ timeoutMs: 15_000 })
  const write = caught(scene.db.notes.insert({ text: 'a' }))
  await scene.socket.one()
  await scene.socket.drop()
  await scene.runtime.advance(15_000)
  expect(await write).toMatchObject({ code: 'UnknownOutcome' })
  await reconnect(scene)
  expect(await scene.socket.heard()).toEqual([])
})

it('each call has its own time, and one timer serves them all', async () => {
  const { db, runtime } = await connected({ timeoutMs: 1_000 })
  const timers = runtime.pendingTimers
  const ended: number[] = []
  const call = (n: number) => void caught(db.notes.get(String(n))).then(() => ended.push(n))
  call(1)
  call(2)
  await runtime.advance(600)
  call(3)
  expect(runtime.pendingTimers).toBe(timers + 1)
  await runtime.advance(400)
  expect(ended).toEqual([1, 2])
  await runtime.advance(599)
  expect(ended).toEqual([1, 2])
  await runtime.advance(1)
  expect(ended).toEqual([1, 2, 3])
  expect(runtime.pendingTimers).toBe(timers)
})

it('what is closed while it waits is told so', async () => {
  const { db, socket } = await connected()
  const read = caught(db.notes.find())
  const sent = caught(db.notes.insert({ text: 'a' }))
  await socket.heard()
  const unsent = caught(db.notes.insert({ text: 'b' }))
  await db.close()
  expect(await read).toMatchObject({ code: 'NotConnected' })
  expect(await sent).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
  expect(await unsent).toMatchObject({ code: 'NotConnected', details: { outcome: 'not-applied' } })
  const late = db.notes.insert({ text: 'c' })
  expect(await caught(late)).toMatchObject({
    code: 'NotConnected',
    details: { outcome: 'not-applied', mutationId: late.id },
  })
  expect(socket.frames.join()).not.toContain('"b"')
})

it('what waits when the server refuses is told so', async () => {
  const { db, socket } = await connected()
  const [read, sent] = [caught(db.notes.find()), caught(db.notes.insert({ text: 'a' }))]
  await socket.heard()
  await socket.drop(4400, 'BadFrame')
  expect(await read).toMatchObject({ code: 'ConnectionRefused' })
  expect(await sent).toMatchObject({ code: 'UnknownOutcome' })
  expect(await caught(db.notes.find())).toMatchObject({ code: 'ConnectionRefused' })
})
