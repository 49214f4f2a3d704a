import type { Report } from '../lib/benchmark.ts'
import type { Times } from '../lib/interleave.ts'
import { pairedRatio, rounded, spreadOf, type Spread } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import type { CaseName } from './subject.ts'

const ours = 'wherry'
const baseline = 'raw'
/** Beside which other data layers `<engine>.vs.<peer>.<case>` puts ours, where they were measured. */
const peers = [
  'kysely',
  'drizzle',
  'drizzlePrepared',
  'typeorm',
  'prisma',
  'feathersKnex',
  'mongoose',
  'mongooseLean',
  'feathersMongodb',
]

const head = ['', 'µs', 'rounds', 'x raw', 'rounds', 'x wherry', 'rounds', 'cpu x raw']

type TimesByName = ReadonlyMap<string, Times>

/** One case: its figures, and a table of all contenders with the spread of their rounds. */
export function reportCase(engine: string, name: CaseName, times: TimesByName): Report {
  const metrics = { [`${engine}.${name}`]: rounded(ratio(times, ours, baseline).median) }
  for (const peer of peers) {
    if (!times.has(peer)) continue
    metrics[`${engine}.vs.${peer}.${name}`] = rounded(ratio(times, peer, ours).median)
  }
  return { metrics, text: table(`${engine} ${name}`, times) }
}

/** Reads for several callers at once: how many times as many of ours are answered in a second. */
export function reportTogether(engine: string, callers: number, times: TimesByName): Report {
  return {
    metrics: { [`${engine}.c${callers}.point`]: rounded(ratio(times, baseline, ours).median) },
    text: table(`${engine} point, ${callers} callers`, times),
  }
}

function table(title: string, times: TimesByName): string {
  const rows = Array.from(times, ([contender, { wall, cpu }]) => [
    contender,
    ...cells(spreadOf(wall)),
    ...cells(ratio(times, contender, baseline)),
    ...cells(ratio(times, contender, ours)),
    digits(pairedRatio(cpu, times.get(baseline)!.cpu).median),
  ])
  return `${title} (${times.get(ours)!.wall.length} rounds)\n${formatTable(head, rows)}`
}

/** How many times as long one contender took as another. */
function ratio(times: TimesByName, a: string, b: string): Spread {
  return pairedRatio(times.get(a)!.wall, times.get(b)!.wall)
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
