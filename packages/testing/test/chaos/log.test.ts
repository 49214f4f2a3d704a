import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mysql } from '@wherry/core/mysql'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import { runLog } from '@wherry/testing/chaos'
import { isMissing, testServer } from '@wherry/testing/servers'
import { describe, expect, it, onTestFinished } from 'vitest'

const seed = Number(process.env.WHERRY_SEED ?? 20_261_129)
const changes = 4_000
const right = { lost: 0, repeated: 0, disordered: 0 }

describe(`the change log under sixteen writers whose connections are cut (seed ${seed})`, () => {
  it.for([
    ['postgres', 'postgres', postgres],
    ['mariadb', 'mysql', mysql],
  ] as const)(
    'is read once and in order on %s, and is not by those who read it as everybody would',
    { timeout: 120_000 },
    async ([name, engine, create], test) => {
      const server = await testServer(name)
      if (isMissing(server)) return test.skip(server.reason)
      const { url, drop } = await server.createDatabase()
      onTestFinished(drop)
      const createAdapter = (at: string) => create({ url: at })
      const report = await runLog({ engine, url, createAdapter, changes, seed })
      expect(report).toMatchObject(right)
      expect(report.committed).toBeGreaterThan(changes)
      expect(report.cuts).toBeGreaterThan(0)
      expect(report.planted.bySeq!.lost).toBeGreaterThan(0)
      if (engine !== 'postgres') return
      expect(report.planted.byXid!.lost).toBe(0)
      expect(report.planted.byXid!.disordered).toBeGreaterThan(0)
    },
  )

  it('is read once and in order on sqlite, whose services are closed under their writers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wherry-chaos-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const createAdapter = (file: string) => sqlite({ file, synchronous: 'normal' })
    const url = join(folder, 'test.db')
    const report = await runLog({ engine: 'sqlite', url, createAdapter, changes, seed })
    expect(report).toMatchObject(right)
    expect(report.committed).toBeGreaterThan(changes)
    expect(report.cuts).toBeGreaterThan(0)
  }, 120_000)
})
