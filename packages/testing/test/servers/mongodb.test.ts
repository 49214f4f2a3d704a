import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  isMissing,
  startServer,
  type OwnServer,
  type ServerName,
  type StartOptions,
} from '@wherry/testing/servers'
import { MongoClient } from 'mongodb'
import { describe, expect, it, onTestFinished, vi, type TestContext } from 'vitest'
import * as ports from '../../src/servers/local/free-port.ts'
import { serverAt } from '../../src/servers/server-at.ts'
import { isGone, isListening, withoutDocker } from './machine.ts'

vi.setConfig({ testTimeout: 60_000 })
vi.mock('../../src/servers/local/free-port.ts', { spy: true })

async function start(
  test: TestContext,
  name: ServerName,
  options?: StartOptions,
): Promise<OwnServer> {
  const server = await startServer(name, options)
  if (isMissing(server)) test.skip(server.reason)
  onTestFinished(() => server.stop())
  return server
}

function connect(url: string): MongoClient {
  const client = new MongoClient(url)
  onTestFinished(() => client.close())
  return client
}

describe('a server of mongodb', () => {
  it('gives each who asks a database of their own', async (test) => {
    withoutDocker()
    const server = await start(test, 'mongodb')
    const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()])
    for (const { url } of [one, other]) await connect(url).db().collection('kept').insertOne({})

    await other.drop()
    expect(await connect(other.url).db().collection('kept').countDocuments()).toBe(0)
    expect(await connect(one.url).db().collection('kept').countDocuments()).toBe(1)
  })

  it('leaves nothing behind once it is stopped', async (test) => {
    const folder = withoutDocker()
    const server = await start(test, 'mongodb')
    expect(await isListening(server.url)).toBe(true)
    await server.stop()
    expect(await isGone(folder, server.url)).toBe(true)
  })

  it.for([false, true])(
    'keeps what it acknowledged with its journal when it is killed, durable: %s',
    async (durable, test) => {
      withoutDocker()
      const server = await start(test, 'mongodb', { durable })
      const { url } = await server.createDatabase()
      const notes = connect(url)
        .db()
        .collection('notes', { writeConcern: { j: true } })
      await notes.insertOne({ n: 7 })

      await server.kill()
      expect(await isListening(server.url)).toBe(false)
      await server.restart()
      expect(await notes.findOne({ n: 7 })).toMatchObject({ n: 7 })
    },
  )

  it('leaves another one alone that has taken its port before it starts', async (test) => {
    withoutDocker()
    const squatter = await start(test, 'mongodb')
    const { port } = new URL(squatter.url)
    vi.mocked(ports.freePort).mockResolvedValueOnce(Number(port))

    const server = await start(test, 'mongodb')
    expect(new URL(server.url).port).not.toBe(port)
  })
})

describe('a mongod on PATH', () => {
  /** Puts one there that has no data, and returns what tells the options that it was started with. */
  function withMongod(): () => string[] {
    const folder = withoutDocker()
    const program = join(folder, 'mongod')
    const node = [process.execPath, '--import', import.meta.resolve('tsx')]
    const fake = fileURLToPath(new URL('fake-mongod.ts', import.meta.url))
    const options = join(folder, 'options')
    const script = `#!/bin/sh\necho "$@" >${options}\nexec ${[...node, fake].join(' ')} "$@"\n`
    writeFileSync(program, script)
    chmodSync(program, 0o755)
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
    return () => readFileSync(options, 'utf8').trim().split(' ')
  }

  it('is made the primary of a replica set, also after a restart', async (test) => {
    const options = withMongod()
    const server = await start(test, 'mongodb')
    expect(options()).toEqual(
      expect.arrayContaining(['--bind_ip=127.0.0.1', '--nounixsocket', '--replSet=wherry']),
    )
    const isPrimary = () => connect(server.url).db().command({ hello: 1 })
    expect(await isPrimary()).toMatchObject({ isWritablePrimary: true })
    await server.restart()
    expect(await isPrimary()).toMatchObject({ isWritablePrimary: true })
  })

  it('is a standalone where that is asked for', async (test) => {
    const options = withMongod()
    const server = await start(test, 'mongodb-standalone')
    expect(options().join(' ')).not.toContain('--replSet')
    await server.stop()
    expect(await isListening(server.url)).toBe(false)
  })
})

describe('a given server', () => {
  it.each([
    ['mongodb://host', 'mongodb://host/NAME'],
    ['mongodb://host/?replicaSet=set', 'mongodb://host/NAME?replicaSet=set'],
    ['mongodb://me:secret@host/', 'mongodb://me:secret@host/NAME?authSource=admin'],
    [
      'mongodb://me:secret@one:1,two:2/users',
      'mongodb://me:secret@one:1,two:2/NAME?authSource=users',
    ],
    ['mongodb+srv://me@host/?authSource=x', 'mongodb+srv://me@host/NAME?authSource=x'],
  ])('at %s has databases at %s', async (given, expected) => {
    const { url } = await serverAt('mongodb', given).createDatabase()
    expect(url.replace(/wherry_[0-9a-f]+/, 'NAME')).toBe(expected)
  })
})
