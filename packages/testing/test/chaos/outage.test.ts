import { mysql } from '@wherry/core/mysql'
import { postgres } from '@wherry/core/postgres'
import { runOutage } from '@wherry/testing/chaos'
import { isMissing, startServer } from '@wherry/testing/servers'
import { describe, expect, it } from 'vitest'

const adapters = { postgres, mariadb: mysql }

describe.each(['postgres', 'mariadb'] as const)('%s, killed under sixteen writers', (name) => {
  it('is written again at once, loses nothing, and tells what became of each mutation', async (test) => {
    const server = await startServer(name)
    if (isMissing(server)) return test.skip(server.reason)
    try {
      const report = await runOutage({ server, createAdapter: adapters[name], kills: 2 })
      expect(report).toMatchObject({ kills: 2, lost: 0, repeated: 0, untrue: 0, unresolved: 0 })
      expect(report.acknowledged).toBeGreaterThan(600)
      expect(report.backMs).toBeLessThan(2_000)
      expect(report.slowestMs).toBeLessThan(10_000)
    } finally {
      await server.stop()
    }
  }, 120_000)
})
