import type { Report } from '../lib/benchmark.ts'
import type { Times } from '../lib/interleave.ts'
import { pairedRatio, rounded, spreadOf, type Spread } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import type { CaseName } from './subject.ts'

const ours = 'wherry'
const baseline = 'raw'
/** Beside which other data layers `<engine>.vs.<peer>.<case>` puts ours. */
const peers = ['kysely', 'drizzle', 'drizzlePrepared', 'typeorm']

const head = ['', 'µs', 'rounds', 'x raw', 'rounds', 'x wherry', 'rounds', 'cpu x raw']

/** One case: its figures, and a table of all contenders with the spread of their rounds. */
export function reportCase(
  engine: string,
  name: CaseName,
  times: ReadonlyMap<string, Times>,
): Report {
  const ratio = (a: string, b: string) => pairedRatio(times.get(a)!.wall, times.get(b)!.wall)
  const metrics = { [`${engine}.${name}`]: rounded(ratio(ours, baseline).median) }
  for (const peer of peers) {
    metrics[`${engine}.vs.${peer}.${name}`] = rounded(ratio(peer, ours).median)
  }
  const rows = Array.from(times, ([contender, { wall, cpu }]) => [
    contender,
    ...cells(spreadOf(wall)),
    ...cells(ratio(contender, baseline)),
    ...cells(ratio(contender, ours)),
    digits(pairedRatio(cpu, times.get(baseline)!.cpu).median),
  ])
  const title = `${engine} ${name} (${times.get(ours)!.wall.length} rounds)`
  return { metrics, text: `${title}\n${formatTable(head, rows)}` }
}

function cells({ min, median, max }: Spread): string[] {
  return [digits(median), `${digits(min)} to ${digits(max)}`]
}

function digits(figure: number): string {
  return figure.toFixed(figure < 100 ? 2 : 0)
}

/** Reports in one: all figures, and the texts one below the other. */
export function joinReports(reports: readonly Report[]): Report {
  return {
    metrics: Object.assign({}, ...reports.map(({ metrics }) => metrics)) as Report['metrics'],
    text: reports.map(({ text }) => text).join('\n\n'),
  }
}
