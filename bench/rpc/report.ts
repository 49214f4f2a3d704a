import type { Report } from '../lib/benchmark.ts'
import { pairedRatio, rounded, spreadOf, type Spread } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import { loadNames, loads, subjectNames, type LoadName, type SubjectName } from './subjects.ts'

/** The rounds of a subject under a load. */
export interface Figures {
  /** Processor time of the server for an operation, in microseconds. */
  readonly cpuUs: number[]
  readonly perSecond: number[]
  /** How much of the time the server was at work, from 0 to 1. */
  readonly busy: number[]
}

export type Results = Readonly<Record<LoadName, Readonly<Record<SubjectName, Figures>>>>

const ours = 'wherry'
const head = ['', 'cpu µs', 'rounds', 'x wherry', 'rounds', 'ops/s', 'busy %']

/** `rpc.vs.<peer>` is the peer's processor time over ours, under the load where that is less. */
export function reportResults(results: Results): Report {
  const metrics: Record<string, number> = {}
  for (const peer of subjectNames) {
    if (peer === ours) continue
    const ratios = loadNames.map((load) => overOurs(results, load, peer).median)
    metrics[`rpc.vs.${peer}`] = rounded(Math.min(...ratios))
  }
  for (const load of loadNames) {
    for (const subject of subjectNames) {
      const { cpuUs, perSecond } = results[load][subject]
      metrics[`rpc.${load}.${subject}.cpuUs`] = rounded(spreadOf(cpuUs).median)
      metrics[`rpc.${load}.${subject}.perSecond`] = Math.round(spreadOf(perSecond).median)
    }
  }
  return { metrics, text: loadNames.map((load) => formatLoad(results, load)).join('\n\n') }
}

/** Round by round, so that what disturbs the machine for longer disturbs both. */
function overOurs(results: Results, load: LoadName, peer: SubjectName): Spread {
  return pairedRatio(results[load][peer].cpuUs, results[load][ours].cpuUs)
}

function formatLoad(results: Results, load: LoadName): string {
  const { connections, inFlight } = loads[load]
  const rounds = results[load][ours].cpuUs.length
  const rows = subjectNames.map((subject) => {
    const { cpuUs, perSecond, busy } = results[load][subject]
    return [
      subject,
      ...cells(spreadOf(cpuUs)),
      ...cells(overOurs(results, load, subject)),
      String(Math.round(spreadOf(perSecond).median)),
      String(Math.round(spreadOf(busy).median * 100)),
    ]
  })
  const title = `rpc, ${connections} x ${inFlight} in flight (${rounds} rounds)`
  return `${title}\n${formatTable(head, rows)}`
}

function cells({ min, median, max }: Spread): string[] {
  return [median.toFixed(2), `${min.toFixed(2)} to ${max.toFixed(2)}`]
}
