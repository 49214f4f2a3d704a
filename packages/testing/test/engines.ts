import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { remoteEngine, type Engine } from '@wherry/testing'

const everything = {
  durable: true,
  transactions: true,
  foreignKeys: true,
  sharedBetweenProcesses: true,
}

/** What lives in one connection or one object ends with it, and nobody else can reach it. */
const onlyHere = { ...everything, durable: false, sharedBetweenProcesses: false }

export const memoryEngine: Engine = {
  name: 'memory',
  capabilities: onlyHere,
  knownGaps: {},
  create: async (settings) => {
    const adapter = memory(settings)
    return { adapter: () => adapter, dispose: () => undefined }
  },
}

export const sqliteEngine: Engine = {
  name: 'sqlite',
  capabilities: everything,
  knownGaps: {},
  create: async (settings) => {
    const folder = await mkdtemp(join(tmpdir(), 'wherry-conformance-'))
    return {
      adapter: () => sqlite({ file: join(folder, 'test.db'), synchronous: 'normal', ...settings }),
      dispose: () => rm(folder, { recursive: true }),
    }
  },
}

export const sqliteMemoryEngine: Engine = {
  name: 'sqlite-memory',
  adapterName: 'sqlite',
  capabilities: onlyHere,
  knownGaps: {
    'isolation: others read the last commit while a transaction is open':
      'it has one connection, so reads wait until the transaction has ended',
  },
  create: async (settings) => {
    const adapter = sqlite({ file: ':memory:', ...settings })
    return { adapter: () => adapter, dispose: () => undefined }
  },
}

/** The engines that `npm run conformance` runs; what others add to themselves stays with them. */
export const engines: readonly Engine[] = [
  memoryEngine,
  sqliteEngine,
  remoteEngine(memoryEngine),
  remoteEngine(sqliteEngine),
]
