import { expect, it } from 'vitest'
import { SharedConnection } from '../../../src/adapters/sql/server/shared-connection.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'
import { openFake, type FakeDriver } from './fake-driver.ts'

function createShared() {
  const runtime = new FakeRuntime()
  const opened: FakeDriver[] = []
  const open = async () => {
    const { driver, connection } = openFake({ runtime })
    opened.push(driver)
    return connection
  }
  return { runtime, opened, shared: new SharedConnection(open, 1_000, runtime) }
}

it('a shared connection is counted, and what it does', async () => {
  const { shared } = createShared()
  expect(shared.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
  await shared.use(async () => {
    expect(shared.stats()).toEqual({ total: 1, idle: 0, active: 1, waiting: 0 })
  })
  expect(shared.stats()).toEqual({ total: 1, idle: 1, active: 0, waiting: 0 })
  await shared.close()
  expect(shared.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
})

it('a shared connection is closed when it was idle for too long, and opened for who comes next', async () => {
  const { runtime, opened, shared } = createShared()
  await shared.use(async () => runtime.advance(5_000))
  await runtime.advance(600)
  await shared.use(async () => undefined)
  await runtime.advance(999)
  expect(opened.map(({ end }) => end)).toEqual([undefined])
  await runtime.advance(1)
  expect(opened.map(({ end }) => end)).toEqual(['closed'])
  await shared.use(async () => undefined)
  expect(opened).toHaveLength(2)
  await shared.close()
  expect(runtime.pendingTimers).toBe(0)
})
