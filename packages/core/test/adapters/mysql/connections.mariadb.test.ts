import { isMissing, startServer } from '@wherry/testing/servers'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { mysql } from '../../../src/adapters/mysql/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { connectTo, newMariadb } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    n: t.int().default(0),
    text: t.text().nullable(),
    parent: t.ref('notes').nullable(),
    version: t.version(),
  }),
})

/** A server whose settings are the test's own, and a user of it for whom all of them hold. */
async function serverWith(context: TestContext, ...settings: string[]) {
  const server = await startServer('mariadb')
  if (isMissing(server)) return context.skip(server.reason)
  onTestFinished(() => server.stop())
  const { url } = await server.createDatabase()
  const administrator = await connectTo(url)
  onTestFinished(() => administrator.end())
  const { pathname } = new URL(url)
  await administrator.query(`create user app identified by 'secret'`)
  await administrator.query(`grant all on \`${pathname.slice(1)}\`.* to app`)
  for (const setting of settings) await administrator.query(`set global ${setting}`)
  const usersUrl = new URL(url)
  usersUrl.username = 'app'
  usersUrl.password = 'secret'
  return { url: usersUrl.href, administrator }
}

const ofConnections = `select id from information_schema.processlist
  where db = database() and id <> connection_id()`

describe('a session of MariaDB', () => {
  const statements = `set autocommit = 0, foreign_key_checks = 0, names latin1,
    check_constraint_checks = 0, completion_type = 2, sql_select_limit = 1, sql_safe_updates = 1`

  it.for<[how: string, settings: string[]]>([
    [
      'globally',
      [
        'autocommit = 0',
        'foreign_key_checks = 0',
        'unique_checks = 0',
        'check_constraint_checks = 0',
        'completion_type = 2',
        'sql_safe_updates = 1',
        'sql_select_limit = 1',
        'sql_auto_is_null = 1',
        'max_join_size = 1',
        `sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`,
        `tx_isolation = 'SERIALIZABLE'`,
        `time_zone = '+05:45'`,
        `collation_connection = 'utf8mb4_german2_ci'`,
        'max_sort_length = 8',
        `lc_messages = 'de_DE'`,
      ],
    ],
    ['for each session', [`init_connect = '${statements}'`]],
  ])('keeps what the contract promises, whatever is set %s', async ([, settings], context) => {
    const { url, administrator } = await serverWith(context, ...settings)
    const data = await connected(schema, mysql({ url }))
    await data.notes.insertMany([{ id: 'a', text: 'é😀' }, { id: 'b', parent: 'a' }]) // prettier-ignore
    await data.notes.update('a', { n: { increment: 1 } })
    await data.notes.updateMany({ where: { n: { gte: 0 } }, set: { n: { increment: 1 } } })
    const dangling = await rejectedCode(() => data.notes.insert({ id: 'c', parent: 'nobody' }))
    expect(dangling).toBe('ForeignKeyViolation')
    const taken = await rejectionOf(() => data.notes.insert({ id: 'a' }))
    expect(taken).toMatchObject({ code: 'UniqueViolation', details: { fields: ['id'] } })
    const beyond = () => data.notes.update('a', { n: { increment: Number.MAX_SAFE_INTEGER } })
    expect(await rejectedCode(beyond)).toBe('OutOfRange')
    expect((await data.notes.find()).map(({ text }) => text)).toEqual(['é😀', null])
    const seen = await administrator.query(
      'select id, n, hex(convert(text using utf8mb4)) from notes order by id limit 10',
    )
    expect(seen).toEqual([
      ['a', 2, 'C3A9F09F9880'],
      ['b', 1, null],
    ])
  })

  it('is not set to write where the server lets nobody write', async (context) => {
    const { url, administrator } = await serverWith(context)
    await connected(schema, mysql({ url }))
    await administrator.query('set global tx_read_only = 1')
    const data = await connected(schema, mysql({ url }), { ensure: 'verify' })
    expect(await rejectedCode(() => data.notes.insert({}))).toBe('DatabaseReadOnly')
  })
})

describe('a connection to MariaDB', () => {
  it('is not used again after a row that the server does not take', async (context) => {
    const { url } = await serverWith(context, 'max_allowed_packet = 1048576')
    const data = await connected(schema, mysql({ url, max: 1 }))
    for (let turn = 0; turn < 5; turn++) {
      const text = 'x'.repeat(2_000_000)
      // It may end the connection before its answer has been read.
      const code = await rejectedCode(() => data.notes.insert({ text }))
      expect(['TooLarge', 'UnknownOutcome']).toContain(code)
      await data.notes.insert({ id: `n${turn}` })
    }
    expect(await data.notes.count()).toBe(5)
  })

  it('is used again after a statement that took too long', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter({ max: 1, statementTimeoutMs: 1_000, lockTimeoutMs: 5_000 })
    const data = await connected(schema, adapter)
    await data.notes.insert({ id: 'a' })
    const before = await database.run(ofConnections)
    const stranger = await database.stranger()
    await stranger.query('start transaction')
    await stranger.query('update notes set n = 5')
    expect(await rejectedCode(() => data.notes.update('a', { n: 6 }))).toBe('Timeout')
    await stranger.query('rollback')
    await data.notes.update('a', { n: 7 })
    const after = await database.run(ofConnections)
    expect(after).toEqual(expect.arrayContaining([before[0]]))
  })

  it('waits for a table that is locked as a whole no longer than for rows', async (context) => {
    const database = await newMariadb(context)
    const data = await connected(schema, database.adapter({ lockTimeoutMs: 500 }))
    await data.notes.insert({ id: 'a' })
    const stranger = await database.stranger()
    await stranger.query('lock tables notes write')
    const calls = [() => data.notes.get('a'), () => data.notes.update('a', { n: 1 })]
    const codes = await Promise.all(calls.map((call) => rejectedCode(call)))
    expect(codes).toEqual(['LockTimeout', 'LockTimeout'])
    await stranger.query('unlock tables')
    expect(await data.notes.get('a')).toMatchObject({ n: 0 })
  })

  it('is not used again once the server has ended it', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter({ max: 2 })
    const data = await connected(schema, adapter)
    await Promise.all([data.notes.insert({}), data.notes.insert({})])
    const stranger = await database.stranger()
    for (const [id] of (await stranger.query(ofConnections)) as number[][]) {
      await stranger.query(`kill ${id}`)
    }
    // While the server ends them one by one, what it says of it is read here.
    while ((await stranger.query(ofConnections)).length > 0);
    await data.notes.insert({})
    expect(await data.notes.count()).toBe(3)
  })

  it('goes by a Unix socket to a host that begins with a slash', async (context) => {
    const { url, administrator } = await serverWith(context)
    const [[socket]] = (await administrator.query('select @@socket')) as [[string]]
    const { pathname } = new URL(url)
    const database = pathname.slice(1)
    const parts = { host: socket, user: 'app', password: 'secret', database }
    const data = await connected(schema, mysql(parts))
    await data.notes.insert({ id: 'a' })
    const byUrl = mysql({ url: `mysql://app:secret@${encodeURIComponent(socket)}/${database}` })
    const again = await connected(schema, byUrl)
    expect(await again.notes.count()).toBe(1)
  })

  it('is not tried with a URL whose escapes are wrong, which the error does not tell', async () => {
    const adapter = mysql({ url: 'mysql://app:secret%ZZ@localhost/app' })
    const error = await rejectionOf(() => connected(schema, adapter))
    expect(error.code).toBe('InvalidOptions')
    expect(`${error.stack} ${String(error.cause)}`).not.toContain('%ZZ')
  })
})
