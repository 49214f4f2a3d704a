import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { exec, root, tool } from '../lib/exec.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

const run = promisify(execFile)

describe('a command whose subject is not built yet', () => {
  it.each(['simulate', 'attacks'])('%s says so and exits 1', async (name) => {
    const { exitCode, output } = await exec(tool('tsx'), ['scripts/not-built.ts', name])
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining(`npm run ${name} is not built yet`),
    })
  })

  it('prints one JSON object on stdout where that is asked for', async () => {
    const failure = await run(tool('tsx'), ['scripts/not-built.ts', 'attacks', '--json'], {
      cwd: root,
    }).catch((error: { stdout: string }) => error)
    expect(JSON.parse(failure.stdout)).toEqual({ error: expect.stringContaining('not built yet') })
  })
})

describe('a command', () => {
  it.each([
    ['npm start', 'examples/quickstart/main.ts'],
    ['npm start -w examples/import', 'examples/import/main.ts'],
    ['npm test', 'scripts/test.ts'],
    ['npm run check', 'scripts/check.ts'],
    ['npm run build', 'scripts/build.ts'],
  ])('%s explains itself', async (command, program) => {
    const args = ['--conditions=@wherry/source', program, '--help']
    const { exitCode, output } = await exec(tool('tsx'), args)
    expect(exitCode).toBe(0)
    expect(output).toMatch(new RegExp(`^${command}`))
  })

  it.each([
    ['test', '--nosuchoption', 'Unknown option `--nosuchoption`'],
    ['build', 'nope', 'build does not understand nope; see --help'],
  ])('%s refuses %s, in JSON where that is asked for', async (name, word, reason) => {
    const failure = await run(tool('tsx'), [`scripts/${name}.ts`, word, '--json'], {
      cwd: root,
    }).catch((error: { code: number; stdout: string }) => error)
    expect(failure).toMatchObject({ code: 1 })
    expect(JSON.parse(failure.stdout)).toEqual({ error: expect.stringContaining(reason) })
  })

  it('refuses a step that check has not', async () => {
    const { exitCode, output } = await exec(tool('tsx'), ['scripts/check.ts', 'lnit'])
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: 'check has no step lnit; --help lists them',
    })
  })
})
