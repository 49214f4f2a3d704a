import type { Report } from '../lib/benchmark.ts'
import { pairedRatio, rounded, spreadOf, type Spread } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import {
  loadNames,
  subjectNames,
  subscribers,
  type LoadName,
  type SubjectName,
} from './subjects.ts'

/** The rounds of a subject under a load. */
export interface Figures {
  /** Processor time of the server for a delivery, in microseconds. */
  readonly cpuUs: number[]
  readonly perSecond: number[]
  readonly p99Ms: number[]
}

export type Results = Readonly<Record<LoadName, Readonly<Record<SubjectName, Figures>>>>

const ours = 'wherry'
const titles: Readonly<Record<LoadName, string>> = {
  one: 'one row in flight',
  burst: '16 rows in flight',
  paced: 'a row every 40 ms',
}

/** `fanout.*` are ratios, round by round: what disturbs the machine for longer disturbs both. */
export function reportResults(results: Results): Report {
  const metrics: Record<string, number> = {}
  for (const peer of subjectNames) {
    if (peer === ours) continue
    metrics[`fanout.vs.${peer}`] = rounded(overOurs(results, 'one', peer, 'cpuUs').median)
    const burst = overOurs(results, 'burst', peer, 'perSecond')
    metrics[`fanout.burst.vs.${peer}`] = rounded(1 / burst.median)
    const paced = overOurs(results, 'paced', peer, 'p99Ms')
    metrics[`fanout.p99.vs.${peer}`] = rounded(1 / paced.median)
  }
  for (const load of loadNames) {
    for (const subject of subjectNames) {
      const { cpuUs, perSecond, p99Ms } = results[load][subject]
      const name = `fanout.${load}.${subject}`
      metrics[`${name}.cpuUs`] = rounded(spreadOf(cpuUs).median)
      metrics[`${name}.perSecond`] = Math.round(spreadOf(perSecond).median)
      metrics[`${name}.p99Ms`] = rounded(spreadOf(p99Ms).median)
    }
  }
  return { metrics, text: loadNames.map((load) => formatLoad(results, load)).join('\n\n') }
}

function overOurs(
  results: Results,
  load: LoadName,
  peer: SubjectName,
  figure: keyof Figures,
): Spread {
  return pairedRatio(results[load][peer][figure], results[load][ours][figure])
}

function formatLoad(results: Results, load: LoadName): string {
  const rounds = results[load][ours].cpuUs.length
  const rows = subjectNames.map((subject) => {
    const { cpuUs, perSecond, p99Ms } = results[load][subject]
    return [
      subject,
      ...cells(spreadOf(cpuUs)),
      ...cells(overOurs(results, load, subject, 'cpuUs')),
      String(Math.round(spreadOf(perSecond).median)),
      ...cells(spreadOf(p99Ms)),
    ]
  })
  const head = ['', 'cpu µs', 'rounds', 'x wherry', 'rounds', 'deliveries/s', 'p99 ms', 'rounds']
  const title = `fanout, ${subscribers} subscribers, ${titles[load]} (${rounds} rounds)`
  return `${title}\n${formatTable(head, rows)}`
}

function cells({ min, median, max }: Spread): string[] {
  return [median.toFixed(2), `${min.toFixed(2)} to ${max.toFixed(2)}`]
}
