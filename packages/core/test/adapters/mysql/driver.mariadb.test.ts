import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { openConnection } from '../../../src/adapters/mysql/driver.ts'
import { parseServerOptions } from '../../../src/adapters/sql/server/options.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { newMariadb } from '../../support/mariadb.ts'

const names = { adapter: 'mysql', protocol: /^mysql:/, prefix: 'MYSQL' }

it('runs what is sent at once in its order, whatever has to be prepared first', async (context) => {
  const { url } = await newMariadb(context)
  const { connection } = await openConnection(parseServerOptions(names, { url }), systemRuntime)
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

it('gives up a connection on which nothing is answered once it is made', async (context) => {
  const { url } = await newMariadb(context)
  const { port, sockets } = await listenBefore(new URL(url))
  const silent = new URL(url)
  silent.host = `127.0.0.1:${port}`
  const settings = parseServerOptions(names, { url: silent.href, acquireTimeoutMs: 500 })
  await expect(openConnection(settings, systemRuntime)).rejects.toMatchObject({ fatal: true })
  expect(sockets).toHaveLength(1)
  if (!sockets[0]!.closed) await once(sockets[0]!, 'close')
})

/** A way to the server on which the session's settings, and all that follows them, are lost. */
async function listenBefore({ hostname, port }: URL) {
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let isSilent = false
    sockets.push(client)
    client.on('data', (bytes) => {
      isSilent ||= bytes.includes('set session')
      if (!isSilent) upstream.write(bytes)
    })
    upstream.on('data', (bytes) => client.write(bytes))
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.on('close', () => upstream.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, sockets }
}
