import { isMissing, shareServers, startServer, testServer } from '@wherry/testing/servers'
import { expect, it, onTestFinished, vi } from 'vitest'
import { isGone, isListening, withoutDocker } from './machine.ts'
import { askInAnotherProcess } from './program.ts'
import { sql } from './sql.ts'

vi.setConfig({ testTimeout: 60_000 })

it('uses the server whose URL it is given, and leaves it as it was', async (test) => {
  withoutDocker()
  const given = await startServer('postgres')
  if (isMissing(given)) return test.skip(given.reason)
  onTestFinished(() => given.stop())
  vi.stubEnv('TEST_POSTGRES_URL', given.url)
  vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
  const databases = () => sql(given.url, 'select datname from pg_database order by 1')
  const before = await databases()

  const end = await shareServers()
  const server = await testServer('postgres')
  if (isMissing(server)) throw new Error(server.reason)
  expect(server.url).toBe(given.url)
  const database = await server.createDatabase()
  expect(await databases()).toHaveLength(before.length + 1)
  await database.drop()
  await end()
  expect(await databases()).toEqual(before)
})

it('is the same for all processes of a run, and ends with the run', async (test) => {
  const folder = withoutDocker()
  vi.stubEnv('TEST_MARIADB_URL', undefined)
  vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
  const end = await shareServers()
  onTestFinished(end)
  const ask = () => askInAnotherProcess('mariadb', 'shared')
  const [{ answer: one }, { answer: other }] = await Promise.all([ask(), ask()])
  if (isMissing(one)) return test.skip(one.reason)
  expect(other).toEqual(one)
  expect(await isListening(one.url)).toBe(true)
  await end()
  expect(await isGone(folder, one.url)).toBe(true)
})

it('is started for this process alone where none shares', async (test) => {
  const folder = withoutDocker()
  vi.stubEnv('TEST_MARIADB_URL', undefined)
  vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
  const { answer } = await askInAnotherProcess('mariadb', 'shared')
  if (isMissing(answer)) return test.skip(answer.reason)
  await vi.waitFor(async () => expect(await isGone(folder, answer.url)).toBe(true), 30_000)
})

it('tells who knows the path, and nobody else', async () => {
  vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
  const end = await shareServers()
  onTestFinished(end)
  const { origin, href } = new URL(process.env.WHERRY_TEST_SERVERS ?? '')
  expect((await fetch(`${origin}/postgres`)).status).toBe(404)
  expect((await fetch(`${href}/oracle`)).status).toBe(404)
})
