import { describe, expect, it } from 'vitest'
import { parseServerOptions, serverless } from '../../../src/adapters/sql/server/options.ts'
import { errorOf } from '../../support/errors.ts'

const names = {
  adapter: 'postgres',
  protocol: /^postgres(ql)?(\+\w+)?:\/\//,
  prefix: 'POSTGRES',
}
const parse = (options?: object, environment: Record<string, string> = {}) =>
  parseServerOptions(names, options, environment)
const target = (options?: object, environment?: Record<string, string>) =>
  parse(options, environment).target
const secret = 'hunter2'

describe('where the database is', () => {
  it('is what the options say, whatever the environment says', () => {
    const environment = { DATABASE_URL: 'postgres://env/db', POSTGRES_HOST: 'env' }
    const url = 'postgres://me:hunter2@here:5433/db?sslmode=require'
    expect(target({ url }, environment)).toEqual({ url })
    const parts = { host: 'here', port: 5433, user: 'me', password: secret, database: 'db' }
    expect(target(parts, environment)).toEqual(parts)
    expect(target({ database: 'db' }, environment)).toEqual({ database: 'db' })
  })

  it('is else DATABASE_URL, if it is of this engine, else what POSTGRES_… say', () => {
    const parts = {
      POSTGRES_HOST: 'here',
      POSTGRES_PORT: '5433',
      POSTGRES_USER: 'me',
      POSTGRES_PASSWORD: secret,
      POSTGRES_DATABASE: 'db',
    }
    const found = { host: 'here', port: 5433, user: 'me', password: secret, database: 'db' }
    expect(target(undefined, { ...parts, DATABASE_URL: 'postgresql://a/b' })).toEqual({
      url: 'postgresql://a/b',
    })
    expect(target(undefined, { ...parts, DATABASE_URL: 'mysql://a/b' })).toEqual(found)
    expect(target({}, { ...parts, DATABASE_URL: '' })).toEqual(found)
    expect(target({ max: 3 }, { POSTGRES_HOST: 'here', POSTGRES_PORT: '' })).toEqual({
      host: 'here',
    })
  })

  it('may be named with the driver of another language', () => {
    const url = `postgresql+asyncpg://me:${secret}@here/db`
    const plain = { url: `postgresql://me:${secret}@here/db` }
    expect(target({ url })).toEqual(plain)
    expect(target(undefined, { DATABASE_URL: url })).toEqual(plain)
  })

  it('has to be somewhere', () => {
    for (const environment of [{}, { DATABASE_URL: `mysql://me:${secret}@here/db` }]) {
      const { code, message } = errorOf(() => parse(undefined, environment))
      expect(code).toBe('InvalidOptions')
      expect(message).toMatch(/postgres\(\) needs a database: give \{ url \}, or set DATABASE_URL/)
      expect(message).not.toContain(secret)
    }
  })

  it('is refused where it is no URL of this engine, without a word of the password', () => {
    const wrong = [
      `mysql://me:${secret}@here/db`,
      `me:${secret}@here/db`,
      `postgres://me:${secret}@here:99999/db`,
      `postgres://me:${secret}@[here/db`,
      `POSTGRES ${secret}`,
      ` postgres://me:${secret}@here/db`,
    ]
    for (const url of wrong) {
      const { code, message } = errorOf(() => parse({ url }))
      expect(code).toBe('InvalidOptions')
      expect(message).toMatch(/looks like postgres:\/\/user:password@host\/database/)
      expect(message).not.toContain(secret)
    }
    const broken = { DATABASE_URL: `postgres://me:${secret}@here:x/db` }
    expect(errorOf(() => parse({}, broken)).message).toMatch(/^DATABASE_URL is no URL that/)
    expect(errorOf(() => parse({}, broken)).message).not.toContain(secret)
  })

  it('is a URL or its parts', () => {
    const { message } = errorOf(() => parse({ url: 'postgres://a/b', password: secret }))
    expect(message).toMatch(/takes a 'url' or its parts, not both/)
    expect(message).not.toContain(secret)
  })

  it.each(['POSTGRES_PORT', 'port'])('is refused with a %s that is none', (name) => {
    const environment = { POSTGRES_HOST: 'here' }
    for (const port of ['x', '0', '65536', '5432.5']) {
      const { code, message } = errorOf(() =>
        name === 'port'
          ? parse({ host: 'here', port: Number(port) })
          : parse({}, { ...environment, [name]: port }),
      )
      expect([code, message.includes(`'${name}' is a port from 1 to 65535`)]).toEqual([
        'InvalidOptions',
        true,
      ])
    }
  })
})

describe('the other options', () => {
  const url = 'postgres://here/db'

  it('have defaults, and a preset for functions that come and go', () => {
    expect(parse({ url })).toEqual({
      target: { url },
      tls: undefined,
      pool: { max: 10, idleTimeoutMs: 30_000, acquireTimeoutMs: 10_000 },
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 5_000,
    })
    expect(parse({ url, ...serverless }).pool).toEqual(serverless)
  })

  it.each([
    { hosts: 'here' },
    { idleTimeoutMillis: 5 },
    { max: 0 },
    { max: 1.5 },
    { max: '5' },
    { idleTimeoutMs: -1 },
    { acquireTimeoutMs: Infinity },
    { acquireTimeoutMs: 0 },
    { statementTimeoutMs: '5s' },
    { statementTimeoutMs: 0 },
    { lockTimeoutMs: 0 },
    { lockTimeoutMs: 0.4 },
    { lockTimeoutMs: Number.NaN },
    { tls: null },
    { statementTimeoutMs: null },
    { tls: 'require' },
    { host: '' },
    { host: 5 },
    { password: 5 },
    { url: '' },
    { url: null },
  ])('are refused where they cannot be: %o', (options) => {
    const { code, message } = errorOf(() => parse({ host: 'here', ...options }))
    expect(code).toBe('InvalidOptions')
    expect(message).toContain(Object.keys(options)[0])
  })

  it('have no 0, which has no one meaning, but say what to write for it', () => {
    const { message } = errorOf(() => parse({ url, lockTimeoutMs: 0 }))
    expect(message).toMatch(/'lockTimeoutMs' is 1 or more, .* 0; write 1 to hardly wait at all/)
    expect(parse({ url, idleTimeoutMs: 0 }).pool.idleTimeoutMs).toBe(0)
  })

  it('are refused where they are no object', () => {
    for (const options of [null, 5, 'postgres://here/db', [url]]) {
      expect(errorOf(() => parse(options as object)).code).toBe('InvalidOptions')
    }
  })
})
