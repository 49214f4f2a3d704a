import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { placeApplication } from '../compile/libraries.ts'
import { measureCheck } from '../compile/measure.ts'
import { exec, tool } from '../lib/exec.ts'

// A compiler is started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'wherry-compile-test-'))
afterAll(() => rmSync(scratch, { recursive: true }))

// Every statement is written once, and every collection used by three.
const sizes = { collections: 5, statements: 15, perFile: 15 }

describe('the application that a compiler is measured with', () => {
  it.for(['wherry', 'kysely', 'drizzle'] as const)('compiles with %s', (name, { skip }) => {
    const folder = join(scratch, name)
    try {
      placeApplication(name, folder, sizes)
    } catch (error) {
      if (name !== 'wherry' && /is not installed/.test((error as Error).message)) {
        skip((error as Error).message)
      }
      throw error
    }
    expect(measureCheck(folder).instantiations).toBeGreaterThan(5_000)
  })

  it('is not measured when a statement is wrong', () => {
    const folder = join(scratch, 'wrong')
    placeApplication('wherry', folder, sizes)
    rmSync(join(folder, 'schema.ts'))
    expect(() => measureCheck(folder)).toThrow(/does not compile:[^]*schema\.ts/)
  })
})

describe('compile-figures', () => {
  it('explains itself, and refuses what it does not know', async () => {
    const run = (word: string) => exec(tool('tsx'), ['scripts/compile-figures.ts', word])
    expect(await run('--help')).toMatchObject({
      ok: true,
      output: expect.stringContaining('--peers'),
    })
    expect(await run('--pears')).toMatchObject({
      ok: false,
      output: expect.stringContaining('knows no --pears'),
    })
  })
})
