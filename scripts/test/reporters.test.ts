import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { exec, root, tool } from '../lib/exec.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'wherry-reporters-'))
afterAll(() => rmSync(directory, { recursive: true }))

writeFileSync(
  join(directory, 'planted.test.js'),
  `it('works', () => {})
  it('needs a server', ({ skip }) => skip('no server here'))
  it.skip('is silent', () => {})
  it('fails', () => { throw new Error('broken') })`,
)

function runWith(reporter: string) {
  const path = join(root, 'scripts/reporters', reporter)
  return exec(tool('vitest'), ['run', '--globals', '--root', directory, `--reporter=${path}`])
}

it('lists what was skipped, and why', async () => {
  const { output } = await runWith('skips.ts')
  expect(output).toContain('planted.test.js > needs a server: no server here')
  expect(output).toContain('planted.test.js > is silent: no reason given')
})

it('sums a run up as one JSON object', async () => {
  const { ok, output } = await runWith('summary.ts')
  expect(ok).toBe(false)
  expect(JSON.parse(output)).toEqual({
    passed: 1,
    failed: 1,
    skipped: [
      { test: expect.stringContaining('needs a server'), reason: 'no server here' },
      { test: expect.stringContaining('is silent'), reason: 'no reason given' },
    ],
    failures: [{ test: expect.stringContaining('fails'), message: 'broken' }],
  })
})
