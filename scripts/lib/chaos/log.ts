import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from '@wherry/core/sqlite'
import { runLog, type LogReport } from '@wherry/testing/chaos'
import type { OwnServer } from '@wherry/testing/servers'
import { servers } from './adapters.ts'

export interface Size {
  readonly changes: number
  readonly seed: number
}

/** `server`: of SQLite there is none. */
export async function log(
  name: string,
  server: OwnServer | undefined,
  size: Size,
  say: (text: string) => void,
): Promise<LogReport> {
  const onProgress = (known: number) => say(`${name}: ${known} of ${size.changes} changes\n`)
  if (server !== undefined) {
    const database = await server.createDatabase()
    const report = await runLog({
      ...servers[name as keyof typeof servers],
      ...size,
      url: database.url,
      onProgress,
    })
    await database.drop()
    return report
  }
  const folder = await mkdtemp(join(tmpdir(), 'wherry-chaos-'))
  try {
    return await runLog({
      engine: 'sqlite',
      createAdapter: (file) => sqlite({ file, synchronous: 'normal' }),
      ...size,
      url: join(folder, 'chaos.db'),
      onProgress,
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A run in which the readers that are known to be wrong made no mistake has shown nothing. */
export function isLogWell({ lost, repeated, disordered, planted }: LogReport): boolean {
  const areCaught = Object.values(planted).every((faults) => faults.lost + faults.disordered > 0)
  return lost + repeated + disordered === 0 && areCaught
}

/** All engines together. */
export function totalOf(reports: readonly LogReport[]) {
  const total = { committed: 0, lost: 0, repeated: 0, disordered: 0 }
  for (const report of reports) {
    for (const name of ['committed', 'lost', 'repeated', 'disordered'] as const) {
      total[name] += report[name]
    }
  }
  return total
}
