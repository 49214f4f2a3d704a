import { describe, expect, it } from 'vitest'
import { mongodb } from '../../../src/adapters/mongodb/index.ts'
import { parseOptions, type MongodbOptions } from '../../../src/adapters/mongodb/options.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { errorOf, rejectionOf } from '../../support/errors.ts'

const { definition } = defineSchema({ notes: collection({ id: t.id() }) })
const url = 'mongodb://here/db'
const secret = 'hunter2'
const parse = (options?: object, environment: Record<string, string> = {}) =>
  parseOptions(options, environment)

/** All that an error says, to whoever prints it. */
function printed(error: unknown): string {
  const parts = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    parts.push(each.stack, JSON.stringify(each))
  }
  return parts.join('\n')
}

describe('where the database is', () => {
  it.each([
    url,
    'mongodb://me:hunter2@here:27018/db?replicaSet=rs0&retryWrites=false',
    'mongodb://a:1,b:2,[::1]:3/db',
    'mongodb+srv://me:hunter2@cluster.example/db',
    'mongodb://me:p%40ss%2Fword@here/my%20db',
  ])('is what the URL says: %s', (given) => {
    const environment = { MONGODB_URI: 'mongodb://env/db', DATABASE_URL: 'mongodb://env/db' }
    expect(parse({ url: given }, environment).url).toBe(given)
  })

  it('is else MONGODB_URI, or DATABASE_URL where it is one of MongoDB', () => {
    const urlIn = (environment: Record<string, string>) => parse(undefined, environment).url
    const [one, other] = ['mongodb://one/db', 'mongodb+srv://other/db']
    expect(urlIn({ MONGODB_URI: one, DATABASE_URL: other })).toBe(one)
    expect(urlIn({ DATABASE_URL: other })).toBe(other)
    expect(urlIn({ MONGODB_URI: '', DATABASE_URL: other })).toBe(other)
  })

  it('has to be somewhere', () => {
    for (const environment of [{}, { DATABASE_URL: `postgres://me:${secret}@here/db` }]) {
      const { code, message } = errorOf(() => parse(undefined, environment))
      expect(code).toBe('InvalidOptions')
      expect(message).toMatch(/mongodb\(\) needs a database: give \{ url \}, or set MONGODB_URI/)
    }
  })

  it.each(['mongodb://here', 'mongodb://here/', 'mongodb://me:hunter2@here:1/?w=1', 'mongodb://'])(
    'is refused where it names no database: %s',
    (given) => {
      const { code, message } = errorOf(() => parse({ url: given }))
      expect(code).toBe('InvalidOptions')
      expect(message).toMatch(/names no database; put it behind the host/)
      expect(message).not.toContain(secret)
    },
  )

  it.each([
    `postgres://me:${secret}@here/db`,
    `me:${secret}@here/db`,
    ` mongodb://me:${secret}@here/db`,
    `MONGODB://me:${secret}@here/db`,
    '',
    null,
    5,
    new URL(`mongodb://me:${secret}@here/db`),
  ])('is refused where it is no URL of MongoDB, without a word of it: %s', (given) => {
    const { code, message } = errorOf(() => parse({ url: given }))
    expect(code).toBe('InvalidOptions')
    expect(message).toMatch(/looks like mongodb:\/\/user:password@host\/database/)
    expect(message).not.toContain(secret)
  })

  it.each([
    `mongodb://me:${secret}@/db`,
    `mongodb://me:${secret}@here:99999/db`,
    `mongodb://me:${secret}@here:x/db`,
    `mongodb://me:%ZZ${secret}@here/db`,
    `mongodb://me:${secret}@pass@here/db`,
    `mongodb://me:a/${secret}@here/db`,
    `mongodb://:${secret}@here/db`,
    `mongodb://me:${secret}@here/d%ZZb`,
    `mongodb://me:${secret}@here/a.b`,
    `mongodb://me:${secret}@here/db?w=0`,
    `mongodb://me:${secret}@here/db?nothing=5`,
    `mongodb://me:${secret}@here/db?w=1&w=2`,
    `mongodb://me:${secret}@here/db?authMechanism=NONE`,
    `mongodb://me:${secret}@[here/db`,
    `mongodb+srv://me:${secret}@a,b/db`,
    `mongodb+srv://me:${secret}@here:1/db`,
  ])('is refused by the driver, of which no error holds the password: %s', async (given) => {
    const adapter = mongodb({ url: given, acquireTimeoutMs: 50 })
    const context = { schema: definition, runtime: systemRuntime, mayCreate: true }
    const error = await rejectionOf(() => adapter.connect(context))
    expect(error.code).toBe('InvalidOptions')
    expect(printed(error)).not.toContain(secret)
  })
})

describe('the other options', () => {
  it('have defaults, and numbers of 64 bits come as they are', () => {
    expect(parse({ url })).toEqual({
      url,
      client: {
        maxPoolSize: 10,
        maxIdleTimeMS: 30_000,
        connectTimeoutMS: 10_000,
        serverSelectionTimeoutMS: 10_000,
        waitQueueTimeoutMS: 10_000,
        socketTimeoutMS: 31_000,
        retryWrites: false,
        readPreference: 'primary',
        useBigInt64: true,
        promoteBuffers: true,
        promoteLongs: true,
        promoteValues: true,
        fieldsAsRaw: {},
      },
      statementTimeoutMs: 30_000,
    })
  })

  it('let a connection be idle for 0 ms, which the driver would take for ever', () => {
    expect(parse({ url, idleTimeoutMs: 0 }).client).toMatchObject({ maxIdleTimeMS: 1 })
  })

  it('are told the driver in its words, and nothing of them takes the place of another', () => {
    const options: MongodbOptions = {
      url,
      max: 3,
      idleTimeoutMs: 1,
      acquireTimeoutMs: 2,
      statementTimeoutMs: 3,
      tls: { ca: 'certificate', useBigInt64: false },
    }
    expect(parse(options)).toMatchObject({
      client: {
        tls: true,
        ca: 'certificate',
        maxPoolSize: 3,
        maxIdleTimeMS: 1,
        serverSelectionTimeoutMS: 2,
        socketTimeoutMS: 1_003,
        retryWrites: false,
        readPreference: 'primary',
        useBigInt64: true,
      },
      statementTimeoutMs: 3,
    })
    expect(parse({ url, tls: true }).client).toMatchObject({ tls: true })
    expect(parse({ url, tls: false }).client).toMatchObject({ tls: false })
    expect(parse({ url }).client).not.toHaveProperty('tls')
  })

  it.each([
    { uri: url },
    { database: 'db' },
    { max: 0 },
    { max: 1.5 },
    { max: '5' },
    { idleTimeoutMs: -1 },
    { acquireTimeoutMs: Infinity },
    { statementTimeoutMs: '5s' },
    { statementTimeoutMs: Number.NaN },
    { tls: null },
    { tls: 'require' },
  ])('are refused where they cannot be: %o', (options) => {
    const { code, message } = errorOf(() => parse({ url, ...options }))
    expect(code).toBe('InvalidOptions')
    expect(message).toContain(Object.keys(options)[0])
  })

  it.each([
    ['maxPoolSize=2', 'max'],
    ['w=majority&socketTimeoutMS=5', 'statementTimeoutMs'],
    ['connecttimeoutms=5&w=1', 'acquireTimeoutMs'],
  ])('are not said by the URL, as in %s', (query, option) => {
    const { code, message } = errorOf(() => parse({ url: `${url}?${query}` }))
    expect(code).toBe('InvalidOptions')
    expect(message).toContain(`give mongodb() '${option}'`)
  })

  it('are refused where they are no object', () => {
    for (const options of [null, 5, url, [url]]) {
      expect(errorOf(() => parse(options as object)).code).toBe('InvalidOptions')
    }
  })
})
