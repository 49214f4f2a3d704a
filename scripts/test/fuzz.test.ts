import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { root, tool } from '../lib/exec.ts'
import { readFlags } from '../lib/fuzz/flags.ts'
import { findEngines } from '../lib/fuzz/queries.ts'

const run = promisify(execFile)

async function fuzz(...args: string[]): Promise<{ exitCode: number; stdout: string }> {
  const words = ['--conditions=@wherry/source', 'scripts/fuzz.ts', ...args]
  return run(tool('tsx'), words, { cwd: root }).then(
    ({ stdout }) => ({ exitCode: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ exitCode: code, stdout }),
  )
}

describe('npm run fuzz', { timeout: 60_000 }, () => {
  it('explains itself', async () => {
    const { exitCode, stdout } = await fuzz('--help')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^npm run fuzz/)
  })

  it('prints one JSON object and nothing else where that is asked for', async () => {
    const only = ['--engines', 'sqlite']
    const { exitCode, stdout } = await fuzz(...only, '--cases', '300', '--seed', '5', '--json')
    const figures = { cases: 300, mismatches: 0 }
    expect({ exitCode, printed: JSON.parse(stdout) as unknown }).toEqual({
      exitCode: 0,
      printed: { ...figures, seed: 5, engines: { sqlite: figures } },
    })
  })

  it('follows live queries, and prints the same figures of them', async () => {
    const only = ['live', '--engines', 'sqlite']
    const { exitCode, stdout } = await fuzz(...only, '--cases', '40', '--seed', '5', '--json')
    const printed = JSON.parse(stdout) as object
    expect({ exitCode, printed }).toEqual({
      exitCode: 0,
      printed: { cases: 40, mismatches: 0, seed: 5, events: expect.any(Number) as number },
    })
  })

  it('shares the cases out to several processes', async () => {
    const only = ['--engines', 'sqlite', '--lanes', '2']
    const { exitCode, stdout } = await fuzz(...only, '--cases', '301', '--seed', '5', '--json')
    const printed = JSON.parse(stdout) as { cases: number }
    const figures = { cases: printed.cases, mismatches: 0 }
    expect({ exitCode, printed }).toEqual({
      exitCode: 0,
      printed: { ...figures, seed: 5, engines: { sqlite: figures } },
    })
    // What is begun together is finished together.
    expect(printed.cases).toBeGreaterThanOrEqual(301)
    expect(printed.cases).toBeLessThan(320)
  })

  it('skips an engine that is not there, with its reason, unless it was asked for', async () => {
    const open = () => Promise.reject(new Error('There is nothing to open'))
    const known = {
      here: { name: 'here', open },
      away: { name: 'away', open, missing: () => Promise.resolve('nobody has installed it') },
    }
    expect(await findEngines(undefined, known)).toEqual({
      there: ['here'],
      skipped: { away: 'nobody has installed it' },
    })
    await expect(findEngines(['here', 'away'], known)).rejects.toThrow(
      'away cannot be fuzzed: nobody has installed it',
    )
  })

  it('prints its seed and the combinations it reached', async () => {
    const { exitCode, stdout } = await fuzz('queries', '--engines=sqlite', '--cases=100')
    expect(exitCode).toBe(0)
    const seed = /^Seed (\d+), 100 cases, sqlite against memory\n/.exec(stdout)?.[1]
    expect(stdout).toContain(`0 mismatches (0 of different kinds), seed ${seed}`)
    expect(stdout).toMatch(/operator × kind × nullability +\d+ of \d+/)
  })

  it('sends frames, and prints their figures', async () => {
    const { exitCode, stdout } = await fuzz('frames', '--frames', '500', '--seed', '5', '--json')
    expect({ exitCode, printed: JSON.parse(stdout) as unknown }).toEqual({
      exitCode: 0,
      printed: { frames: 500, crashes: 0, slowest: expect.any(Number), over50ms: 0, seed: 5 },
    })
  })

  it('refuses what it does not understand', async () => {
    const { exitCode, stdout } = await fuzz('frogs', '--json')
    const { error } = JSON.parse(stdout) as { error: string }
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error: 'fuzz does not know frogs; --help lists what it does',
    })
  })

  it.each([
    ['--engines', 'oracle9i', 'There is no engine oracle9i'],
    ['--cases', 'many', '--cases takes a whole number of 1 or more, got many'],
    ['--cases', '0', '--cases takes a whole number of 1 or more, got 0'],
    ['--max', '0', '--max takes a whole number of 1 or more, got 0'],
  ])('knows no %s %s', (flag, value, message) => {
    expect(() => readFlags([flag, value], ['queries'], false)).toThrow(message)
  })
})
