import type { Benchmark, Settings } from '../lib/benchmark.ts'
import { chooseCores } from '../lib/cores.ts'
import { Worker } from '../lib/worker.ts'
import type { Command } from './generator.ts'
import type { Turn } from './generator/drive.ts'
import { reportResults, type Figures, type Results } from './report.ts'
import { loadNames, subjectNames, type LoadName, type SubjectName } from './subjects.ts'

const fullPlan = { rounds: 7, turnMs: 1_000, warmUpMs: 1_500 }
const quickPlan = { rounds: 3, turnMs: 400, warmUpMs: 500 }

interface Running {
  readonly subject: SubjectName
  readonly server: Worker
}

/**
 * What it costs a server to tell many of a row. Every subject is a process of its own, and all are
 * followed by one load generator, which checks what each of its connections is told.
 */
export const fanout: Benchmark = {
  async run(settings) {
    const cores = chooseCores()
    const workers: Worker[] = []
    const start = (program: string, args: readonly string[], core: string | undefined) => {
      const worker = new Worker(program, args, core)
      workers.push(worker)
      return worker
    }
    try {
      if (cores === undefined) settings.progress('fanout: not pinned to processors')
      const generator = start('fanout/generator', [], cores?.generator)
      const running: Running[] = []
      for (const subject of subjectNames) {
        const server = start('fanout/server', [subject], cores?.server)
        const { port } = await server.next<{ port: number }>()
        await command(generator, { do: 'open', subject, port })
        running.push({ subject, server })
      }
      return reportResults(await measure(generator, running, settings))
    } finally {
      for (const worker of workers) worker.stop()
    }
  },
}

async function measure(
  generator: Worker,
  running: readonly Running[],
  { quick, progress }: Settings,
): Promise<Results> {
  const { rounds, turnMs, warmUpMs } = quick ? quickPlan : fullPlan
  const results = emptyResults()
  for (const each of running) {
    progress(`fanout: warming up ${each.subject}`)
    for (const load of loadNames) await takeTurn(generator, each, load, warmUpMs)
  }
  for (let round = 1; round <= rounds; round++) {
    progress(`fanout: round ${round} of ${rounds}`)
    for (const load of loadNames) {
      for (let turn = 0; turn < running.length; turn++) {
        const each = running[(round + turn) % running.length]!
        const taken = await takeTurn(generator, each, load, turnMs)
        const figures = results[load][each.subject]
        figures.cpuUs.push(taken.cpuUs / taken.deliveries)
        figures.perSecond.push((taken.deliveries / taken.elapsedMs) * 1000)
        figures.p99Ms.push(taken.p99Ms)
      }
    }
  }
  return results
}

/** All that happens until the last row has reached everybody is measured. */
async function takeTurn(
  generator: Worker,
  { subject, server }: Running,
  load: LoadName,
  durationMs: number,
) {
  const before = await server.ask<NodeJS.CpuUsage>({})
  const turn = await command<Turn>(generator, { do: 'drive', subject, load, durationMs })
  const after = await server.ask<NodeJS.CpuUsage>({})
  return { ...turn, cpuUs: after.user + after.system - before.user - before.system }
}

function command<T>(generator: Worker, what: Command): Promise<T> {
  return generator.ask<T>(what)
}

function emptyResults(): Results {
  const empty = (): Figures => ({ cpuUs: [], perSecond: [], p99Ms: [] })
  const perSubject = () => Object.fromEntries(subjectNames.map((subject) => [subject, empty()]))
  return Object.fromEntries(loadNames.map((load) => [load, perSubject()])) as unknown as Results
}
