import { once } from 'node:events'
import { isMissing } from '@wherry/testing/servers'
import { describe, expect, it, vi } from 'vitest'
import { isGone, isListening, withoutDocker } from './machine.ts'
import { askInAnotherProcess } from './program.ts'

vi.setConfig({ testTimeout: 60_000 })

describe.each(['postgres', 'mariadb', 'mongodb'] as const)('a server of %s', (name) => {
  it.for(['SIGKILL', 'SIGINT'] as const)(
    'ends with its process, which %s ends',
    async (signal, test) => {
      const folder = withoutDocker()
      const { asking, answer } = await askInAnotherProcess(name, 'own')
      if (isMissing(answer)) return test.skip(answer.reason)
      expect(await isListening(answer.url)).toBe(true)
      asking.kill(signal)
      await vi.waitFor(async () => expect(await isGone(folder, answer.url)).toBe(true), 30_000)
    },
  )

  it('ends with its process, which has nothing more to do', async (test) => {
    const folder = withoutDocker()
    const { asking, answer } = await askInAnotherProcess(name, 'own')
    if (isMissing(answer)) return test.skip(answer.reason)
    asking.stdin?.end()
    expect(await once(asking, 'exit')).toEqual([0, null])
    await vi.waitFor(async () => expect(await isGone(folder, answer.url)).toBe(true), 30_000)
  })
})
