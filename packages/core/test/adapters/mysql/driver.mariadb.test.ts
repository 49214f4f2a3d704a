import { expect, it, onTestFinished } from 'vitest'
import { openConnection } from '../../../src/adapters/mysql/driver.ts'
import { parseServerOptions } from '../../../src/adapters/sql/server/options.ts'
import { newMariadb } from '../../support/mariadb.ts'

it('runs what is sent at once in its order, whatever has to be prepared first', async (context) => {
  const { url } = await newMariadb(context)
  const names = { adapter: 'mysql', protocol: /^mysql:/, prefix: 'MYSQL' }
  const { connection } = await openConnection(parseServerOptions(names, { url }))
  onTestFinished(() => connection.close())
  const isInside = (name: string) =>
    connection.query({ sql: `select @@in_transaction as ${name}`, name }, [])
  const transaction = async (...statements: string[]) => {
    const begun = connection.query({ sql: 'start transaction' }, [])
    const answers = statements.map(isInside)
    const ended = connection.query({ sql: 'commit' }, [])
    const after = isInside('afterwards')
    await Promise.all([begun, ended])
    return (await Promise.all([...answers, after])).map(({ rows }) => Number(rows[0]![0]))
  }
  // First nothing has been prepared yet, then what stands in the middle has, in the end all has.
  expect(await transaction('a', 'b', 'c')).toEqual([1, 1, 1, 0])
  expect(await transaction('d', 'b', 'e')).toEqual([1, 1, 1, 0])
  expect(await transaction('d', 'b', 'e')).toEqual([1, 1, 1, 0])
})
