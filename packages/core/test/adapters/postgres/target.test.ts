import { expect, it } from 'vitest'
import { targetConfig } from '../../../src/adapters/postgres/driver.ts'

const url = 'postgres://me:se%20cret@db:5433/shop?application_name=a'
const withTls = `${url}&sslmode=no-verify&ssl=0&sslcert=c&sslkey=k&sslrootcert=r&uselibpqcompat=true`

it.each([true, false, { ca: 'certificate' }])('tls overrules what the URL says: %j', (tls) => {
  expect(targetConfig({ url: withTls }, tls)).toEqual({ connectionString: url, ssl: tls })
  expect(targetConfig({ host: 'db' }, tls)).toEqual({ host: 'db', ssl: tls })
})

it('a URL says by itself whether there is TLS, where the options do not', () => {
  expect(targetConfig({ url: withTls }, undefined)).toEqual({ connectionString: withTls })
  expect(targetConfig({ host: 'db' }, undefined)).toEqual({ host: 'db' })
})

it.each([
  'sslmode=REQUIRE',
  'ssl-mode=require',
  'sslaccept=strict',
  'ssl=TRUE',
  'ssl=yes',
  'tls=true',
])('a URL that says %s, which pg would not read, is refused and not quoted', (query) => {
  const connecting = () => targetConfig({ url: `${url}&${query}` }, undefined)
  expect(connecting).toThrow(expect.objectContaining({ code: 'InvalidOptions' }) as Error)
  expect(connecting).toThrow(/^The URL of postgres\(\) says '[a-z-]+' in a way/)
  expect(targetConfig({ url: `${url}&${query}` }, true)).toMatchObject({ ssl: true })
})
