import { describe, expect, it } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newFile } from '../../support/files.ts'
import { otherProcess } from '../../support/other-process.ts'
import { connectedFile } from '../../support/service.ts'

const schema = defineSchema({
  accounts: collection({ id: t.id(), owner: t.text({ maxLength: 20 }), balance: t.int() }).unique(
    'owner',
  ),
})
const lockTimeoutMs = 250
const connect = (file: string, options = {}) =>
  connectedFile(schema, file, { lockTimeoutMs, ...options })

/** How long `work` took, and how often a timer got its turn meanwhile. */
async function watched<T>(work: () => Promise<T>) {
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  const startMs = performance.now()
  const result = await work()
  clearInterval(timer)
  return { result, ticks, elapsedMs: performance.now() - startMs }
}

describe('a file that another process has locked', () => {
  it('refuses a write with LockTimeout in time, while everything else goes on', async () => {
    const file = newFile()
    const data = await connect(file)
    const other = otherProcess(file)
    await other.run('begin exclusive')
    const write = () => rejectionOf(() => data.accounts.insert({ owner: 'a', balance: 1 }))
    const { result, ticks, elapsedMs } = await watched(write)
    expect(result).toMatchObject({ code: 'LockTimeout', details: { outcome: 'not-applied' } })
    expect(result.message).toContain(`${lockTimeoutMs} ms`)
    expect(elapsedMs).toBeGreaterThanOrEqual(lockTimeoutMs - 5)
    expect(elapsedMs).toBeLessThan(lockTimeoutMs + 4_000)
    expect(ticks).toBeGreaterThan(4)
  })

  it('refuses a transaction before its closure has run, and does not retry it', async () => {
    const file = newFile()
    const data = await connect(file, { lockTimeoutMs: 50 })
    const other = otherProcess(file)
    await other.run('begin immediate')
    let runs = 0
    const work = () => data.transaction(async () => void runs++)
    expect(await rejectedCode(work)).toBe('LockTimeout')
    expect(runs).toBe(0)
  })

  it('lets the write through once it is released', async () => {
    const file = newFile()
    const data = await connect(file, { lockTimeoutMs: 20_000 })
    const other = otherProcess(file)
    await other.run('begin exclusive')
    const write = data.accounts.insert({ owner: 'a', balance: 1 })
    await other.run('commit')
    expect(await write).toMatchObject({ owner: 'a' })
  })

  it('goes on answering reads', async () => {
    const file = newFile()
    const data = await connect(file)
    await data.accounts.insert({ owner: 'a', balance: 1 })
    await otherProcess(file).run('begin exclusive')
    expect(await data.accounts.count()).toBe(1)
    expect(await data.accounts.findOne({ where: { owner: 'a' } })).toMatchObject({ balance: 1 })
  })

  it.each(['verify', 'off'] as const)(
    'lets a service connect that makes nothing, ensure: %s',
    async (ensure) => {
      const file = newFile()
      await (await connect(file)).close()
      const other = otherProcess(file)
      await other.run('begin immediate')
      const data = await connect(file, { ensure })
      expect(await data.accounts.count()).toBe(0)
      await other.run('commit')
      await data.accounts.insert({ owner: 'a', balance: 1 })
    },
  )

  it('refuses connect with LockTimeout while it has to be made, and connects later', async () => {
    const file = newFile()
    const other = otherProcess(file)
    await other.run('create table strangers (n int); begin exclusive')
    const { result, ticks } = await watched(() => rejectedCode(() => connect(file)))
    expect(result).toBe('LockTimeout')
    expect(ticks).toBeGreaterThan(4)
    await other.run('commit')
    const data = await connect(file)
    expect(await data.accounts.count()).toBe(0)
  })
})

describe('a file that others write, too', () => {
  it('shows what another process committed, at once', async () => {
    const file = newFile()
    const data = await connect(file)
    await data.accounts.count()
    const other = otherProcess(file)
    await other.run(`insert into accounts values ('x', 'b', 7)`)
    expect(await data.accounts.get('x')).toEqual({ id: 'x', owner: 'b', balance: 7 })
    await other.run(`begin; update accounts set balance = 8`)
    expect(await data.accounts.get('x')).toMatchObject({ balance: 7 })
    await other.run('commit')
    expect(await data.transaction((tx) => tx.accounts.get('x'))).toMatchObject({ balance: 8 })
  })

  it('loses no update when two services read and write it in transactions', async () => {
    const file = newFile()
    const settings = { lockTimeoutMs: 20_000 }
    const services = [await connect(file, settings), await connect(file, settings)]
    await services[0]!.accounts.insert({ id: 'x', owner: 'a', balance: 0 })
    const rounds = Array.from({ length: 15 }, () => services).flat()
    await Promise.all(
      rounds.map((data) =>
        data.transaction(async (tx) => {
          const { balance } = await tx.accounts.get('x', { forUpdate: true })
          await tx.accounts.update('x', { balance: balance + 1 })
        }),
      ),
    )
    await Promise.all(
      rounds.map((data) => data.accounts.update('x', { balance: { increment: 1 } })),
    )
    expect(await services[0]!.accounts.get('x')).toMatchObject({ balance: 2 * rounds.length })
  })

  it('lets others read the last commit while a transaction runs', async () => {
    const file = newFile()
    const [writer, reader] = [await connect(file), await connect(file)]
    await writer.transaction(async (tx) => {
      await tx.accounts.insert({ owner: 'a', balance: 1 })
      expect(await reader.accounts.count()).toBe(0)
      expect(await tx.accounts.count()).toBe(1)
    })
    expect(await reader.accounts.count()).toBe(1)
  })
})

describe('the writers of one service', () => {
  it('wait for each other, and for no longer than lockTimeoutMs', async () => {
    const data = await connect(newFile(), { lockTimeoutMs: 60 })
    let finish = () => {}
    const running = data.transaction(async (tx) => {
      await tx.accounts.insert({ owner: 'a', balance: 1 })
      await new Promise<void>((resolve) => (finish = resolve))
    })
    const error = await rejectionOf(() => data.accounts.insert({ owner: 'b', balance: 1 }))
    expect(error).toMatchObject({ code: 'LockTimeout', details: { outcome: 'not-applied' } })
    const patient = data.accounts.insert({ owner: 'c', balance: 1 })
    finish()
    await running
    await patient
    const owners = await data.accounts.find({ select: ['owner'], orderBy: { owner: 'asc' } })
    expect(owners).toEqual([{ owner: 'a' }, { owner: 'c' }])
  })

  it('are all there when they write at once', async () => {
    const data = await connect(newFile(), { lockTimeoutMs: 20_000 })
    const owners = Array.from({ length: 100 }, (_, n) => `o${n}`)
    await Promise.all(owners.map((owner) => data.accounts.insert({ owner, balance: 1 })))
    expect(await data.accounts.count()).toBe(100)
    expect(data.stats()).toMatchObject({ active: 0, waiting: 0 })
  })
})
