import { describe, expect, it } from 'vitest'
import { SharedConnection } from '../../../src/adapters/sql/server/shared-connection.ts'
import { FakeRuntime, settled } from '../../support/fake-runtime.ts'
import { rejectionOf } from '../../support/errors.ts'
import { openFake, type FakeDriver } from './fake-driver.ts'

const statement = { sql: 'select 1' }

describe('a connection', () => {
  it('gives what the driver gives, and its errors untouched, with no timer left', async () => {
    const { connection, driver, runtime } = openFake()
    const answer = connection.run(statement, [1])
    expect(driver.calls).toEqual([{ sql: 'select 1', values: [1] }])
    driver.answer({ rows: [['1']], count: 1 })
    expect(await answer).toEqual({ rows: [['1']], count: 1 })
    const fault = new Error('syntax')
    const failure = connection.run(statement)
    driver.fail(fault)
    await expect(failure).rejects.toBe(fault)
    expect(connection.isUsable).toBe(true)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('waits no longer than timers can, which ring at once beyond it', async () => {
    const { connection, runtime } = openFake({ deadlineMs: 2 ** 31 + 1_000 })
    const answer = rejectionOf(() => connection.run(statement))
    await runtime.advance(2 ** 31 - 1)
    expect((await answer).code).toBe('DatabaseUnavailable')
  })

  it('is given up when the driver does not answer, and all that runs on it fails', async () => {
    const { connection, driver, runtime } = openFake({ deadlineMs: 1_000 })
    const first = rejectionOf(() => connection.run(statement))
    await runtime.advance(400)
    const second = expect(connection.run(statement)).rejects.toThrow('destroyed')
    await runtime.advance(599)
    expect(driver.isUsable).toBe(true)
    await runtime.advance(1)
    expect(await first).toMatchObject({
      code: 'DatabaseUnavailable',
      message: expect.stringContaining('within 1000 ms'),
    })
    expect(driver.end).toBe('destroyed')
    await second
    expect(runtime.pendingTimers).toBe(0)
  })

  it('answers late for nobody', async () => {
    const { connection, driver, runtime } = openFake({ deadlineMs: 1_000 })
    const late = rejectionOf(() => connection.run(statement))
    await runtime.advance(1_000)
    driver.answer({ rows: [], count: 0 })
    expect((await late).code).toBe('DatabaseUnavailable')
  })

  it('runs nothing longer than until the end that it was given, as long as that stands', async () => {
    const { connection, driver, runtime } = openFake({ deadlineMs: 1_000 })
    connection.endWithin(300)
    const answered = connection.run(statement)
    await runtime.advance(200)
    driver.answer({ rows: [], count: 0 })
    await answered
    connection.endWithin(Infinity)
    const free = connection.run(statement)
    await runtime.advance(999)
    driver.answer({ rows: [], count: 0 })
    await free
    connection.endWithin(300)
    await runtime.advance(200)
    const cut = rejectionOf(() => connection.run(statement))
    await runtime.advance(100)
    expect((await cut).code).toBe('DatabaseUnavailable')
    expect(driver.end).toBe('destroyed')
  })

  it('keeps its own deadline where the end is later', async () => {
    const { connection, driver, runtime } = openFake({ deadlineMs: 1_000 })
    connection.endWithin(5_000)
    const cut = rejectionOf(() => connection.run(statement))
    await runtime.advance(1_000)
    expect((await cut).code).toBe('DatabaseUnavailable')
    expect(driver.end).toBe('destroyed')
  })

  it('closes, and is given up where the database does not say goodbye', async () => {
    const polite = openFake()
    await polite.connection.close()
    expect(polite.driver.end).toBe('closed')
    expect(polite.runtime.pendingTimers).toBe(0)
    const { connection, driver, runtime } = openFake()
    driver.close = () => new Promise(() => undefined)
    const closing = connection.close()
    await runtime.advance(5_000)
    await closing
    expect(driver.end).toBe('destroyed')
    expect(runtime.pendingTimers).toBe(0)
  })
})

/** A shared connection whose connections open when a test says so. */
function createShared() {
  const attempts: { opens: (driver?: FakeDriver) => FakeDriver; fails: (error: Error) => void }[] =
    []
  const runtime = new FakeRuntime()
  const shared = new SharedConnection(
    () =>
      new Promise((resolve, reject) => {
        attempts.push({
          opens() {
            const { connection, driver } = openFake({ runtime: new FakeRuntime() })
            resolve(connection)
            return driver
          },
          fails: reject,
        })
      }),
    30_000,
    runtime,
  )
  const ask = () => shared.use((connection) => connection.run(statement))
  return { shared, attempts, ask, runtime }
}

describe('a shared connection', () => {
  it('is opened once for all who ask, who then follow each other unawaited', async () => {
    const { attempts, ask } = createShared()
    const asked = [ask(), ask(), ask()]
    expect(attempts).toHaveLength(1)
    const driver = attempts[0]!.opens()
    await settled()
    expect(driver.calls).toHaveLength(3)
    for (const count of [1, 2, 3]) driver.answer({ rows: [], count })
    expect(await Promise.all(asked)).toEqual([1, 2, 3].map((count) => ({ rows: [], count })))
    void ask()
    expect(driver.calls).toHaveLength(4)
    expect(attempts).toHaveLength(1)
  })

  it('tells all who wait that it cannot be opened, and tries anew for the next', async () => {
    const { attempts, ask } = createShared()
    const asked = [ask(), ask()].map((call) => expect(call).rejects.toThrow('refused'))
    attempts[0]!.fails(new Error('refused'))
    await Promise.all(asked)
    const again = ask()
    expect(attempts).toHaveLength(2)
    const driver = attempts[1]!.opens()
    await settled()
    driver.answer({ rows: [], count: 0 })
    await again
  })

  it('is opened anew once it broke', async () => {
    const { attempts, ask } = createShared()
    const first = ask()
    const broken = attempts[0]!.opens()
    await settled()
    broken.destroy()
    await expect(first).rejects.toThrow('destroyed')
    void ask()
    expect(attempts).toHaveLength(2)
    const driver = attempts[1]!.opens()
    await settled()
    expect(driver.calls).toHaveLength(1)
  })

  it('is held up where nothing is answered for a while, and until something is', async () => {
    const { shared, attempts, ask, runtime } = createShared()
    const asked = [ask(), ask()]
    const driver = attempts[0]!.opens()
    await runtime.advance(50)
    expect(shared.isHeldUp).toBe(false)
    await runtime.advance(1)
    expect(shared.isHeldUp).toBe(true)
    driver.answer({ rows: [], count: 0 })
    await asked[0]
    expect(shared.isHeldUp).toBe(false)
    await runtime.advance(51)
    expect(shared.isHeldUp).toBe(true)
    driver.fail(new Error('locked'))
    await expect(asked[1]).rejects.toThrow('locked')
    expect(shared.isHeldUp).toBe(false)
  })

  it('is not held up after a time in which nobody asked', async () => {
    const { shared, attempts, ask, runtime } = createShared()
    const first = ask()
    const driver = attempts[0]!.opens()
    await settled()
    driver.answer({ rows: [], count: 0 })
    await first
    await runtime.advance(1_000)
    expect(shared.isHeldUp).toBe(false)
    void ask()
    expect(shared.isHeldUp).toBe(false)
  })

  it('closes what is open', async () => {
    const { shared, attempts, ask } = createShared()
    void ask()
    const driver = attempts[0]!.opens()
    await settled()
    driver.answer({ rows: [], count: 0 })
    await shared.close()
    expect(driver.end).toBe('closed')
  })

  it('waits for what is being opened when it is closed, also in the place of a broken one', async () => {
    const { shared, attempts, ask } = createShared()
    void ask().catch(() => undefined)
    attempts[0]!.opens().destroy()
    await settled()
    const late = rejectionOf(ask)
    let isClosed = false
    const closing = shared.close().then(() => (isClosed = true))
    await settled()
    expect(isClosed).toBe(false)
    const driver = attempts[1]!.opens()
    await closing
    expect(driver.end).toBeDefined()
    expect((await late).code).toBe('NotConnected')
  })

  it('opens nothing after it was closed', async () => {
    const { shared, attempts, ask } = createShared()
    await shared.close()
    expect((await rejectionOf(ask)).code).toBe('NotConnected')
    expect(attempts).toHaveLength(0)
  })
})
