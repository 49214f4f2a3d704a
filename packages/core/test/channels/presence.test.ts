import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import type { WritePlan } from '../../src/query/ast.ts'
import { WherryError } from '../../src/errors/wherry-error.ts'
import type { DataService } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { interiorOf } from '../../src/service/interior.ts'
import { rejectedCode } from '../support/errors.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { connected, inFile } from '../support/service.ts'

const schema = defineSchema({ orders: collection({ id: t.id() }) })
const sweepMs = 5_000

/** What becomes of a write: it is done, late, or without a word of it, or it fails. */
type Fate = 'done' | 'late' | 'unknown' | 'failed'

async function serve(base: Adapter = memory()) {
  const state: { fate: (plan: WritePlan) => Fate; arrived: Promise<void> } = {
    fate: () => 'done',
    arrived: Promise.resolve(),
  }
  const write: typeof base.write = async (plans) => {
    const fates = plans.map((plan) => state.fate(plan))
    if (fates.includes('failed')) throw new WherryError('DatabaseUnavailable', 'away')
    if (fates.includes('late')) await state.arrived
    const results = await base.write(plans)
    if (!fates.includes('unknown')) return results
    throw new WherryError('UnknownOutcome', 'gone', { outcome: 'unknown' })
  }
  const adapter = new Proxy(base, {
    get(target, name) {
      if (name === 'write') return write
      const member: unknown = target[name as keyof typeof target]
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
  const runtime = new FakeRuntime()
  const data = await connected(schema, adapter, { channels: {}, runtime })
  return { data, state, runtime, base }
}

/** Of some channels, the metas of who is there, in order. */
async function metas(data: DataService<typeof schema>, ...names: string[]): Promise<unknown[]> {
  const members = await Promise.all(names.map((name) => data.channel(name).presence.members()))
  return members.flat().map(({ meta }) => meta)
}

/** Of a write of who is there. */
function isOf({ kind, collection: { name } }: WritePlan, wanted: WritePlan['kind']): boolean {
  return name === '$presence' && kind === wanted
}

/** As another process would, if this one had not renewed its lease in time. */
async function expire(data: DataService<typeof schema>): Promise<void> {
  const channels = interiorOf(data).channels!
  await channels.collection('$leases').deleteMany({ where: {} })
  await channels.collection('$presence').deleteMany({ where: {} })
}

describe('who is in a channel', () => {
  it('and could not leave is gone with the next sweep at which it can', async () => {
    const { data, state, runtime } = await serve()
    const { presence } = data.channel('room')
    await presence.enter('ann')
    state.fate = () => 'failed'
    expect(await rejectedCode(() => presence.leave())).toBe('DatabaseUnavailable')
    await runtime.advance(sweepMs)
    state.fate = () => 'done'
    expect(await metas(data, 'room')).toEqual(['ann'])
    await runtime.advance(sweepMs)
    expect(await metas(data, 'room')).toEqual([])
  })

  it('and could not leave may leave again, or enter anew', async () => {
    const { data, state, runtime } = await serve()
    const { presence } = data.channel('room')
    for (const next of ['leave', 'enter'] as const) {
      await presence.enter('ann')
      state.fate = () => 'failed'
      expect(await rejectedCode(() => presence.leave())).toBe('DatabaseUnavailable')
      state.fate = () => 'done'
      await presence[next]('bea')
      if (next === 'leave') expect(await metas(data, 'room')).toEqual([])
    }
    await runtime.advance(sweepMs)
    expect(await metas(data, 'room')).toEqual(['bea'])
  })

  it('was told that it may not be, and is not with the next sweep', async () => {
    const { data, state, runtime } = await serve()
    const { presence } = data.channel('room')
    state.fate = (plan) => (isOf(plan, 'insert') ? 'unknown' : 'done')
    expect(await rejectedCode(() => presence.enter('ann'))).toBe('UnknownOutcome')
    state.fate = () => 'done'
    expect(await metas(data, 'room')).toEqual(['ann'])
    await runtime.advance(sweepMs)
    expect(await metas(data, 'room')).toEqual([])
  })

  it('comes again when the lease was lost, one after the other if a write fails', async () => {
    const { data, state, runtime } = await serve()
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) await data.channel(name).presence.enter(name)
    await expire(data)
    expect(await metas(data, ...names)).toEqual([])
    let inserts = 0
    const fates: Fate[] = ['done', 'failed', 'unknown']
    state.fate = (plan) => (isOf(plan, 'insert') ? (fates[inserts++] ?? 'done') : 'done')
    await runtime.advance(sweepMs)
    expect(await metas(data, ...names)).toEqual(['a'])
    await data.channel('c').presence.leave()
    await runtime.advance(sweepMs)
    await runtime.advance(sweepMs)
    expect(await metas(data, ...names)).toEqual(['a', 'b', 'd'])
    for (const name of names) await data.channel(name).presence.leave()
    expect(await metas(data, ...names)).toEqual([])
  })

  it('comes again when the lease was lost, and a new one could not be had at once', async () => {
    const { data, state, runtime } = await serve()
    await data.channel('room').presence.enter('ann')
    await expire(data)
    state.fate = ({ kind }) => (kind === 'insert' ? 'failed' : 'done')
    await runtime.advance(sweepMs)
    state.fate = () => 'done'
    await runtime.advance(sweepMs)
    expect(await metas(data, 'room')).toEqual(['ann'])
  })

  it('is gone when the service has closed, though it could not leave, or entered just then', async () => {
    const file = newFile()
    const { data, state, base } = await serve(sqlite({ file, synchronous: 'normal' }))
    const [early, late] = [data.channel('early').presence, data.channel('late').presence]
    await early.enter('ann')
    state.fate = () => 'failed'
    expect(await rejectedCode(() => early.leave())).toBe('DatabaseUnavailable')
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    state.fate = (plan) => (isOf(plan, 'insert') ? 'late' : 'done')
    state.arrived = arrived
    const close = base.close.bind(base)
    base.close = () => arrived.then(close)
    const entered = late.enter('bea')
    const closed = data.close()
    await settled()
    arrive()
    await entered
    await closed
    const rows = inFile(file, (db) => db.prepare('SELECT * FROM wherry_presence').all())
    expect(rows).toEqual([])
  })
})
