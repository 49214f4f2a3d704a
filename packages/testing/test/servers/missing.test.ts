import { startServer, testServer, type ServerName } from '@wherry/testing/servers'
import { describe, expect, it, vi } from 'vitest'
import { withoutDocker } from './machine.ts'

vi.mock('../../src/servers/local/find-program.ts', () => ({
  findProgram: async () => undefined,
  postgresFolders: async () => [],
}))

const names: readonly ServerName[] = ['postgres', 'mariadb', 'mysql']

describe('on a machine that has no server', () => {
  it.each(names)('%s is missing, and the reason names what was looked for', async (name) => {
    withoutDocker()
    vi.stubEnv('CI', '')
    vi.stubEnv('WHERRY_TEST_SERVERS', undefined)
    vi.stubEnv(`TEST_${name.toUpperCase()}_URL`, undefined)
    const program = { postgres: 'postgres', mariadb: 'mariadbd', mysql: 'mysqld' }[name]
    const reason = expect.stringMatching(new RegExp(`no ${name} here: no Docker .* no ${program}`))
    expect(await startServer(name)).toEqual({ reason })
    expect(await testServer(name)).toEqual({ reason })
  })

  it.each(['postgres', 'mariadb'] as const)('CI fails for want of %s', async (name) => {
    withoutDocker()
    vi.stubEnv('CI', 'true')
    await expect(startServer(name)).rejects.toThrow(`there is no ${name} here`)
  })

  it('CI does without mysql', async () => {
    withoutDocker()
    vi.stubEnv('CI', 'true')
    expect(await startServer('mysql')).toEqual({ reason: expect.stringContaining('no mysqld') })
  })
})
