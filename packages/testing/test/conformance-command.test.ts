import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { root, tool } from '../../../scripts/lib/exec.ts'

const run = promisify(execFile)

async function conformance(...args: string[]) {
  const words = ['--conditions=@wherry/source', 'scripts/conformance.ts', ...args]
  const { code, stdout, stderr } = await run(tool('tsx'), words, { cwd: root }).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
  return { code, stdout, stderr }
}

describe('npm run conformance', () => {
  it('prints one JSON object with the figures of each engine', async () => {
    const { code, stdout, stderr } = await conformance('--engines', 'memory', '--json')
    const { engines } = JSON.parse(stdout) as { engines: Record<string, { passed: number }> }
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(engines).toEqual({
      memory: {
        passed: expect.any(Number),
        failed: 0,
        skipped: expect.arrayContaining([
          { scenario: expect.any(String), reason: expect.stringContaining('memory lacks') },
        ]),
        failures: [],
      },
    })
    expect(engines.memory!.passed).toBeGreaterThan(160)
  })

  it('exits 1 for an engine that nobody knows, and says which there are', async () => {
    const { code, stdout } = await conformance('--engines=oracle', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      engines: {
        oracle: {
          passed: 0,
          failed: 1,
          failures: [{ message: expect.stringContaining('there are memory, sqlite') }],
        },
      },
    })
  })

  it('explains itself, and refuses what it does not understand', async () => {
    expect(await conformance('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^npm run conformance/),
    })
    expect(await conformance('--fast')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not understand --fast'),
    })
  })
})
