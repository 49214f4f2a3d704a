import { describe, expect, it } from 'vitest'
import { targetConfig } from '../../../src/adapters/mysql/driver.ts'
import { errorOf } from '../../support/errors.ts'

const url = 'mysql://me:se%20cret@db:3307/shop'
const target = { host: 'db', port: 3307, user: 'me', password: 'se cret', database: 'shop' }
const of = (query: string, tls?: boolean | object) => targetConfig({ url: `${url}?${query}` }, tls)

describe('TLS', () => {
  it.each([
    'ssl=true',
    'ssl=1',
    'tls=true',
    'ssl-mode=REQUIRED',
    'sslMode=required',
    'sslmode=require',
    'SSL_MODE=Verify_CA',
    'ssl-mode=VERIFY_IDENTITY',
    'sslmode=verify-full',
    'ssl=false&sslmode=require',
  ])('is used for a URL that says %s', (query) => {
    expect(of(query)).toEqual({ ...target, ssl: true })
  })

  it.each([
    '',
    'charset=utf8mb4&serverVersion=8.0',
    'ssl=false',
    'ssl=0',
    'ssl-mode=DISABLED',
    'sslmode=disable',
  ])('is not used for a URL that says %o', (query) => {
    expect(of(query)).toEqual({ ...target, ssl: false })
  })

  it.each([
    ['sslaccept', 'strict'],
    ['ssl', '{"key":"hunter2"}'],
    ['ssl', ''],
    ['ssl-mode', 'bogus'],
    // In the clear where the server has none: nobody could say that it is used.
    ['ssl-mode', 'PREFERRED'],
    ['ssl-ca', '/ca.pem'],
    ['useSSL', 'true'],
    ['tls-version', 'TLSv1.3'],
  ])('is to be asked for by the option where a URL says %s=%s', (name, value) => {
    const { code, message, stack } = errorOf(() => of(`sslmode=require&${name}=${value}`))
    expect([code, message.includes(`says '${name}'`)]).toEqual(['InvalidOptions', true])
    expect(stack).not.toMatch(/cret|hunter2/)
  })

  it.each([true, false, { ca: 'certificate' }])('is as the option says, %j', (tls) => {
    expect(of('sslmode=bogus&ssl=1', tls)).toEqual({ ...target, ssl: tls })
    expect(targetConfig({ host: 'db' }, tls)).toEqual({ host: 'db', ssl: tls })
  })

  it('is not used where only parts are given', () => {
    expect(targetConfig({ host: '/socket' }, undefined)).toEqual({
      socketPath: '/socket',
      ssl: false,
    })
  })
})

describe('a URL', () => {
  it.each(['connect_timeout', 'charset', 'socketPath', 'connection_limit', 'timezone'])(
    'is not to say %s, which would be ignored, but an option',
    (name) => {
      const { code, message } = errorOf(() => of(`${name}=hunter2`))
      expect(code).toBe('InvalidOptions')
      expect(message).toMatch(new RegExp(`says '${name}'.*'acquireTimeoutMs'.*'max'.*'host'`))
      expect(message).not.toContain('hunter2')
    },
  )
})
