import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { expect, it, onTestFinished } from 'vitest'
import {
  describePostgres,
  newDatabase,
  open,
  sessions,
  stranger,
  until,
  urlWith,
} from './support/postgres.ts'
import { schema } from './support/schema.ts'

const program = fileURLToPath(new URL('connect-program.ts', import.meta.url))

/** Another process that connects when it is told to. */
async function startProcess(url: string) {
  const args = ['--import', 'tsx', '--conditions=@wherry/source', program, url]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return {
    async connect() {
      child.stdin.write('go\n')
      const exited = once(child, 'exit')
      const { value } = await lines.next()
      const [code] = (await exited) as [number]
      return { outcome: value as string, code }
    },
  }
}

describePostgres('connecting to PostgreSQL', (server) => {
  it('makes everything once, however many processes begin at once, and each ends by itself', async () => {
    const url = await newDatabase(server)
    const processes = await Promise.all(Array.from({ length: 10 }, () => startProcess(url)))
    const outcomes = await Promise.all(processes.map(({ connect }) => connect()))
    expect(outcomes).toEqual(processes.map(() => ({ outcome: 'written', code: 0 })))
    const { query } = await stranger(url)
    expect(await query('select count(*)::int as n from notes')).toEqual([{ n: 10 }])
    expect(await query('select count(*)::int as n from wherry_log')).toEqual([{ n: 10 }])
    expect(await query('select count(*)::int as n from wherry_generation')).toEqual([{ n: 1 }])
    expect(
      await query(`select tgname from pg_trigger where tgname like 'wherry%' order by tgname`),
    ).toEqual(
      [
        'log_notify',
        'notes_count',
        'notes_delete',
        'notes_insert',
        'notes_truncate',
        'notes_update',
      ].map((name) => ({ tgname: `wherry_${name}` })),
    )
    expect(
      await query(`select count(*)::int as n from pg_indexes where tablename = 'notes'`),
    ).toEqual([{ n: 2 }])
  }, 120_000)

  it('lets two versions of an application begin at once, and both work', async () => {
    const url = await newDatabase(server)
    const newer = defineSchema({
      notes: collection({
        id: t.id(),
        text: t.text({ maxLength: 40 }).default(''),
        n: t.int().default(0),
        extra: t.text({ maxLength: 9 }).nullable(),
        version: t.version(),
      })
        .index('n')
        .index('extra'),
    })
    const services = [schema, newer, schema, newer].map((each) =>
      createDataService({ schema: each as typeof newer, databases: [postgres({ url })] }),
    )
    for (const service of services) onTestFinished(() => service.close())
    await Promise.all(services.map((service) => service.connect()))
    for (const service of services) await service.notes.insert({ n: 1 })
    expect(await services[1]!.notes.find({ where: { extra: null } })).toHaveLength(4)
    await services[3]!.notes.insert({ n: 2, extra: 'x' })
    expect(await services[0]!.notes.count({ where: { n: 2 } })).toBe(1)
  })

  it('says what a user without the right to create lacks', async () => {
    const url = await newDatabase(server)
    const admin = await stranger(url)
    const user = `user_${new URL(url).pathname.slice(1)}`
    await admin.query(`create role ${user} login password 'x'`)
    onTestFinished(async () => void (await admin.query(`drop owned by ${user}; drop role ${user}`)))
    const mine = urlWith(url, { username: user, password: 'x' })
    await expect(open(mine)).rejects.toMatchObject({
      code: 'DatabaseReadOnly',
      message: expect.stringMatching(/grant it, or connect .* \(permission denied for schema/),
    })
    await open(url)
    // What is complete is used by who may use it.
    await admin.query(`grant select on all tables in schema public to ${user}`)
    const { data } = await open(mine)
    expect(await data.notes.find()).toEqual([])
    await expect(data.notes.insert({})).rejects.toMatchObject({ code: 'DatabaseReadOnly' })
    await expect(open(mine, { ensure: 'verify' })).resolves.toBeDefined()
  })

  it('reads where nothing can be written, and says DatabaseReadOnly to who writes', async () => {
    const url = await newDatabase(server)
    const readOnly = urlWith(url, { search: '?options=-c%20default_transaction_read_only=on' })
    await expect(open(readOnly)).rejects.toMatchObject({ code: 'DatabaseReadOnly' })
    const { data } = await open(url)
    const note = await data.notes.insert({ text: 'a' })
    const { data: reader, adapter } = await open(readOnly)
    expect(await reader.notes.get(note.id)).toEqual(note)
    expect(await adapter.log.head()).toMatch(/^\w+:/)
    const isReadOnly = { code: 'DatabaseReadOnly', details: { outcome: 'not-applied' } }
    await expect(reader.notes.insert({})).rejects.toMatchObject(isReadOnly)
    await expect(reader.notes.insertMany([{}, {}])).rejects.toMatchObject(isReadOnly)
    const write = reader.transaction((tx) => tx.notes.delete(note.id), { mutationId: 'm' })
    await expect(write).rejects.toMatchObject({ code: 'DatabaseReadOnly' })
    expect(await reader.notes.count()).toBe(1)
  })

  it('waits for who makes things at the moment, longer than for any row', async () => {
    const url = await newDatabase(server)
    const other = await stranger(url)
    await other.query(`select pg_advisory_lock(hashtext('wherry_schema'))`)
    const opening = open(url, { lockTimeoutMs: 1, statementTimeoutMs: 100 })
    await until(async () => (await sessions(other, 'active')) === 1)
    await other.query(`select pg_advisory_unlock_all()`)
    const { data } = await opening
    expect(await data.notes.count()).toBe(0)
  })

  it('ends with who closes, whoever makes things at the moment', async () => {
    const url = await newDatabase(server)
    const other = await stranger(url)
    await other.query(`select pg_advisory_lock(hashtext('wherry_schema'))`)
    const data = createDataService({ schema, databases: [postgres({ url })] })
    const refused = expect(data.connect()).rejects.toMatchObject({ code: 'NotConnected' })
    await until(async () => (await sessions(other, 'active')) === 1)
    await data.close()
    await refused
  })

  it('tells by its code why it cannot', async () => {
    const url = await newDatabase(server)
    const { port } = await listenSilently()
    const wrong: [Partial<URL>, string][] = [
      [{ pathname: '/nowhere' }, 'DatabaseMissing'],
      [{ password: 'wrong' }, 'ConnectionRefused'],
      [{ password: '' }, 'ConnectionRefused'],
      [{ username: 'nobody' }, 'ConnectionRefused'],
      [{ port: '1' }, 'DatabaseUnavailable'],
      [{ hostname: 'nowhere.invalid' }, 'DatabaseUnavailable'],
      [{ port: String(port) }, 'DatabaseUnavailable'],
    ]
    for (const [parts, code] of wrong) {
      const bad = urlWith(url, parts)
      const failure = await open(bad, { acquireTimeoutMs: 2_000 }).catch((error: unknown) => error)
      expect(failure, JSON.stringify(parts)).toMatchObject({ code })
      expect(String(failure)).not.toContain(new URL(url).password)
    }
  })

  it('does not call a server that does not answer a pool that is too small', async () => {
    const { port } = await listenSilently()
    const url = `postgres://me:secret@127.0.0.1:${port}/db`
    const failure = open(url, { acquireTimeoutMs: 300 })
    await expect(failure).rejects.toMatchObject({ code: 'DatabaseUnavailable' })
    await expect(failure).rejects.not.toThrow(/raise 'max'/)
  })
})

/** Accepts connections and never says a word, as a server that is frozen. */
async function listenSilently(): Promise<AddressInfo> {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  return silent.address() as AddressInfo
}
