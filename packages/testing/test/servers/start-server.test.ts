import { createServer, type AddressInfo } from 'node:net'
import { isMissing, startServer, type OwnServer, type StartOptions } from '@wherry/testing/servers'
import { describe, expect, it, onTestFinished, vi, type TestContext } from 'vitest'
import * as ports from '../../src/servers/local/free-port.ts'
import { isGone, isListening, withoutDocker } from './machine.ts'
import { connect, sql } from './sql.ts'

// Servers are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 })
vi.mock('../../src/servers/local/free-port.ts', { spy: true })

describe.each(['postgres', 'mariadb'] as const)('a server of %s', (name) => {
  async function start(test: TestContext, options?: StartOptions): Promise<OwnServer> {
    const server = await startServer(name, options)
    if (isMissing(server)) test.skip(server.reason)
    onTestFinished(() => server.stop())
    return server
  }

  it('gives each who asks a database of their own', async (test) => {
    withoutDocker()
    const server = await start(test)
    const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()])
    await sql(one.url, 'create table only_here (id int)')
    await expect(sql(other.url, 'select * from only_here')).rejects.toThrow('only_here')

    const connection = await connect(other.url)
    await other.drop()
    await expect(sql(other.url, 'select 1')).rejects.toThrow(new URL(other.url).pathname.slice(1))
    expect(await sql(one.url, 'select * from only_here')).toHaveLength(0)
    await connection.end()
  })

  it('leaves nothing behind once it is stopped', async (test) => {
    const folder = withoutDocker()
    const server = await start(test)
    expect(await isListening(server.url)).toBe(true)
    await server.stop()
    expect(await isGone(folder, server.url)).toBe(true)
  })

  it.for([false, true])(
    'keeps what it committed when it is killed, durable: %s',
    async (durable, test) => {
      withoutDocker()
      const server = await start(test, { durable })
      const { url } = await server.createDatabase()
      await sql(url, 'create table kept (id int)')
      await sql(url, 'insert into kept values (7)')

      await server.kill()
      expect(await isListening(server.url)).toBe(false)
      await server.restart()
      expect(await sql(url, 'select * from kept')).toMatchObject([{ id: 7 }])
    },
  )

  it('takes another port when its own is taken before it starts', async (test) => {
    withoutDocker()
    const squatter = createServer((socket) => socket.destroy())
    const { port } = await new Promise<AddressInfo>((resolve) => {
      squatter.listen(0, '127.0.0.1', () => resolve(squatter.address() as AddressInfo))
    })
    onTestFinished(() => void squatter.close())
    vi.mocked(ports.freePort).mockResolvedValueOnce(port)

    const server = await start(test)
    expect(new URL(server.url).port).not.toBe(String(port))
    await sql(server.url, 'select 1')
  })
})
