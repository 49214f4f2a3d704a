import { runOutage, type OutageReport } from '@wherry/testing/chaos'
import type { OwnServer } from '@wherry/testing/servers'
import { servers } from './adapters.ts'

export function outage(
  name: keyof typeof servers,
  server: OwnServer,
  kills: number,
  say: (text: string) => void,
): Promise<OutageReport> {
  return runOutage({
    server,
    createAdapter: ({ url }) => servers[name].createAdapter(url),
    kills,
    onProgress: (killed) => say(`${name}: killed ${killed} of ${kills}\n`),
  })
}

export function isOutageWell(report: OutageReport): boolean {
  const { lost, repeated, untrue, unresolved, backMs } = report
  return lost + repeated + untrue + unresolved === 0 && backMs <= 2_000
}
