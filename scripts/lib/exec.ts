import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top directory. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Finished {
  ok: boolean
  exitCode: number
  /** What the program wrote to stdout and stderr, in the order it came. */
  output: string
  /** What it wrote to stdout alone. */
  stdout: string
}

interface ExecOptions {
  /** The directory to run in; the repository's top by default. */
  cwd?: string
  /**
   * Show the program's output while it runs instead of collecting it; 'stderr' shows that alone, and
   * collects both.
   */
  live?: boolean | 'stderr'
  /** Variables beside those of this process. */
  env?: Readonly<Record<string, string>>
}

/** The path of a program that npm installed. */
export function tool(name: string): string {
  return join(root, 'node_modules', '.bin', name)
}

/** Runs a program to its end. A program that cannot be started is a failure, not an exception. */
export function exec(
  program: string,
  args: readonly string[],
  { cwd = root, live = false, env = {} }: ExecOptions = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const stream = live === true ? 'inherit' : 'pipe'
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...(live === true ? {} : { NO_COLOR: '1' }), ...env },
      stdio: ['ignore', stream, stream],
    })
    const chunks: Buffer[] = []
    const printed: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      printed.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (live === 'stderr') process.stderr.write(chunk)
    })
    child.on('error', ({ message }) => {
      resolve({ ok: false, exitCode: 127, output: message, stdout: '' })
    })
    child.on('close', (code) => {
      const output = textOf(chunks).trimEnd()
      resolve({ ok: code === 0, exitCode: code ?? 1, output, stdout: textOf(printed) })
    })
  })
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
