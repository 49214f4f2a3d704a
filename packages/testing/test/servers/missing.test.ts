import { startServer, testServer, type ServerName } from '@wherry/testing/servers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { findProgram } from '../../src/servers/local/find-program.ts'
import { withoutDocker } from './machine.ts'

vi.mock('../../src/servers/local/find-program.ts', () => ({
  findProgram: vi.fn(async () => undefined),
  postgresFolders: async () => [],
}))

const programs: Readonly<Record<ServerName, string>> = {
  postgres: 'postgres',
  mariadb: 'mariadbd',
  mysql: 'mysqld',
  mongodb: 'mongod on PATH, and no ferretdb',
  'mongodb-standalone': 'mongod',
}

describe('on a machine that has no server', () => {
  it.each(Object.entries(programs) as [ServerName, string][])(
    '%s is missing, and the reason names what was looked for',
    async (name, program) => {
      withoutDocker()
      vi.stubEnv('CI', '')
      vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
      const variable = `TEST_${name.toUpperCase().replace('-', '_')}_URL`
      vi.stubEnv(variable, undefined)
      const reason = expect.stringMatching(
        new RegExp(`no ${name} here: no Docker .* no ${program} .* ${variable}$`),
      )
      expect(await startServer(name)).toEqual({ reason })
      expect(await testServer(name)).toEqual({ reason })
    },
  )

  it.each(['postgres', 'mariadb'] as const)('CI fails for want of %s', async (name) => {
    withoutDocker()
    vi.stubEnv('CI', 'true')
    await expect(startServer(name)).rejects.toThrow(`there is no ${name} here`)
  })

  it.each(['mysql', 'mongodb', 'mongodb-standalone'] as const)(
    'CI does without %s',
    async (name) => {
      withoutDocker()
      vi.stubEnv('CI', 'true')
      const reason = expect.stringContaining(`no ${programs[name]}`)
      expect(await startServer(name)).toEqual({ reason })
    },
  )

  it('CI fails for want of mongodb where Go could have built one', async () => {
    withoutDocker()
    vi.stubEnv('CI', 'true')
    onTestFinished(() => void vi.mocked(findProgram).mockReset())
    vi.mocked(findProgram).mockImplementation(async (name) => (name === 'go' ? '/go' : undefined))
    await expect(startServer('mongodb')).rejects.toThrow('there is no mongodb here')
  })
})
