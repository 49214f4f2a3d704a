import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerProgram } from '../definition.ts'
import { findProgram } from '../local/find-program.ts'
import type { Missing } from '../server.ts'

/** FerretDB 1, which keeps its data in SQLite: later ones need a PostgreSQL with an extension. */
export async function findFerretdb(): Promise<ServerProgram | Missing> {
  const program = await findProgram('ferretdb', [builtHere()])
  if (program === undefined) return { reason: 'no ferretdb 1.24 on PATH or built by .ci/ferretdb' }
  const version = await promisify(execFile)(program, ['--version']).then(
    ({ stdout }) => stdout,
    () => 'none, as it does not start',
  )
  if (!version.startsWith('version: v1.')) return { reason: `${program} is not FerretDB 1.24` }
  return {
    stopSignal: 'SIGKILL',
    prepare: (folder) => folder.run('mkdir', 'data'),
    command: (folderPath, port, { durable }) => [
      program,
      '--handler=sqlite',
      // Commits still wait for the operating system to have them.
      `--sqlite-url=file:${join(folderPath, 'data')}/${durable ? '' : '?_pragma=synchronous(off)'}`,
      `--listen-addr=127.0.0.1:${port}`,
      '--debug-addr=-',
      `--state-dir=${folderPath}`,
      '--telemetry=disable',
      '--log-level=ERROR',
    ],
  }
}

/** Where `.ci/ferretdb` puts it. */
function builtHere(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'wherry', 'ferretdb-1.24.2')
}
