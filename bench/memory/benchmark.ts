import type { Benchmark, Settings } from '../lib/benchmark.ts'
import { pairedRatio, rounded, spreadOf } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import { Worker } from '../lib/worker.ts'
import type { Command } from './generator.ts'
import { subjectNames, type SubjectName } from './subjects.ts'

const fullPlan = { rounds: 5, connections: 5_000 }
const quickPlan = { rounds: 1, connections: 2_000 }

/** Opened and closed before, so that what the first connections leave behind is nobody's. */
const warmUp = 500
/** How many have to hold at a time, and be told of a row. */
const many = 10_000

/** Bytes for a connection, one figure for each round. */
interface Figures {
  readonly rss: number[]
  readonly heap: number[]
}

type Results = Readonly<Record<SubjectName, Figures>>

/** What an idle connection holds. Every subject has a fresh process in each round. */
export const memory: Benchmark = {
  async run(settings) {
    const results = await measure(settings)
    const { shared, distinct, ws } = results
    const metrics: Record<string, number> = {
      'memory.vs.ws': rounded(pairedRatio(shared.rss, ws.rss).median),
      'memory.distinct.vs.ws': rounded(pairedRatio(distinct.rss, ws.rss).median),
      'memory.heapKb': rounded(spreadOf(shared.heap).median / 1_024),
    }
    for (const subject of subjectNames) {
      const { rss, heap } = results[subject]
      metrics[`memory.${subject}.rssKb`] = rounded(spreadOf(rss).median / 1_024)
      metrics[`memory.${subject}.heapKb`] = rounded(spreadOf(heap).median / 1_024)
    }
    settings.progress(`memory: ${many} connections`)
    metrics['memory.connections'] = await hold()
    const rows = subjectNames.map((subject) => {
      const { rss, heap } = results[subject]
      const ratio = pairedRatio(rss, ws.rss)
      const range = `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`
      return [subject, ...[rss, heap].map(kilobytes), ratio.median.toFixed(2), range]
    })
    const table = formatTable(['', 'rss kB', 'heap kB', 'x ws', 'rounds'], rows)
    const held = `memory.connections: ${metrics['memory.connections']} were told of a row`
    return { metrics, text: `${table}\n\n${held}` }
  },
}

function kilobytes(bytes: readonly number[]): string {
  return (spreadOf(bytes).median / 1_024).toFixed(2)
}

async function measure({ quick, progress }: Settings): Promise<Results> {
  const { rounds, connections } = quick ? quickPlan : fullPlan
  const empty = (): Figures => ({ rss: [], heap: [] })
  const results: Results = { shared: empty(), distinct: empty(), ws: empty() }
  for (let round = 1; round <= rounds; round++) {
    progress(`memory: round ${round} of ${rounds}`)
    for (let turn = 0; turn < subjectNames.length; turn++) {
      const subject = subjectNames[(round + turn) % subjectNames.length]!
      const { rss, heap } = await takeTurn(subject, connections)
      results[subject].rss.push(rss)
      results[subject].heap.push(heap)
    }
  }
  return results
}

function takeTurn(subject: SubjectName, connections: number) {
  return between(subject, async (server, ask, port) => {
    await ask({ do: 'open', subject, port, first: 0, count: warmUp })
    await ask({ do: 'close' })
    const before = await server.ask<NodeJS.MemoryUsage>({})
    await ask({ do: 'open', subject, port, first: warmUp, count: connections })
    const after = await server.ask<NodeJS.MemoryUsage>({})
    return {
      rss: (after.rss - before.rss) / connections,
      heap: (after.heapUsed - before.heapUsed) / connections,
    }
  })
}

function hold(): Promise<number> {
  return between('shared', async (_, ask, port) => {
    const { deliveries } = await ask<{ deliveries: number }>({ do: 'tell', port, count: many })
    return deliveries
  })
}

type Ask = <T>(command: Command) => Promise<T>

/** Runs with a server and a load generator of their own. */
async function between<T>(
  subject: SubjectName,
  work: (server: Worker, ask: Ask, port: number) => Promise<T>,
): Promise<T> {
  const server = new Worker('memory/server', [subject], undefined)
  const generator = new Worker('memory/generator', [], undefined)
  try {
    const { port } = await server.next<{ port: number }>()
    return await work(server, (command) => generator.ask(command), port)
  } finally {
    server.stop()
    generator.stop()
  }
}
