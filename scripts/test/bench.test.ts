import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pairedRatio, spreadOf } from '../../bench/lib/statistics.ts'
import { exec, root, tool } from '../lib/exec.ts'

const bench = (...args: string[]) => exec(tool('tsx'), ['scripts/bench.ts', ...args])

describe('bench', () => {
  it('lists its names when it is given none', async () => {
    const { exitCode, output } = await bench()
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^npm run bench -- NAME[^]*\n {2}adapters /)
  })

  it.each([
    [['nothing'], 'bench has no nothing; it has adapters, rpc, fanout, memory, live'],
    [['adapters', '--engines', 'abacus'], '--engines has no abacus; it has sqlite'],
    [['adapters', '--slow'], "Unknown option '--slow'"],
  ])('refuses %j', async (args, message) => {
    const { exitCode, output } = await bench(...args)
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining(message),
    })
  })

  it('refuses in JSON where that is asked for', async () => {
    const { exitCode, output } = await bench('nothing', '--json')
    expect({ exitCode, output: JSON.parse(output) }).toEqual({
      exitCode: 1,
      output: {
        error: 'bench has no nothing; it has adapters, rpc, fanout, memory, live, latency',
      },
    })
  })

  it('installs no second better-sqlite3', () => {
    const lockfile = readFileSync(join(root, 'bench/package-lock.json'), 'utf8')
    expect(lockfile).not.toContain('"node_modules/better-sqlite3"')
  })
})

describe('the figures', () => {
  it('are the middle of the rounds, and how far they reach', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 })
    expect(spreadOf([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 })
  })

  it('compare round by round, so that a slow moment of the machine cancels out', () => {
    expect(pairedRatio([2, 20, 4], [1, 10, 2])).toEqual({ min: 2, median: 2, max: 2 })
  })
})
