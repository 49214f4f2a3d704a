import type { Benchmark, Settings } from '../lib/benchmark.ts'
import { chooseCores } from '../lib/cores.ts'
import { Worker } from '../lib/worker.ts'
import type { Command } from './generator.ts'
import type { Turn } from './generator/drive.ts'
import { reportResults, type Figures, type Results } from './report.ts'
import { loadNames, subjectNames, type LoadName, type SubjectName } from './subjects.ts'

const fullPlan = { rounds: 7, turnMs: 1_000, warmUpMs: 2_000 }
const quickPlan = { rounds: 3, turnMs: 250, warmUpMs: 500 }

interface Running {
  readonly subject: SubjectName
  readonly server: Worker
  readonly port: number
}

/**
 * What a request and its answer cost the server: `get` of a 110-byte record from the memory adapter.
 * Every subject is a process of its own, and all are driven by one load generator, in turns.
 */
export const rpc: Benchmark = {
  async run(settings) {
    const cores = chooseCores()
    const workers: Worker[] = []
    const start = (program: string, args: readonly string[], core: string | undefined) => {
      const worker = new Worker(program, args, core)
      workers.push(worker)
      return worker
    }
    try {
      if (cores === undefined) settings.progress('rpc: not pinned to processors')
      const generator = start('rpc/generator', [], cores?.generator)
      const running: Running[] = []
      for (const subject of subjectNames) {
        const server = start('rpc/server', [subject], cores?.server)
        const { port } = await server.next<{ port: number }>()
        running.push({ subject, server, port })
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
  for (const { subject, port } of running) await command(generator, { do: 'verify', subject, port })
  for (const each of running) {
    progress(`rpc: warming up ${each.subject}`)
    for (const load of loadNames) await takeTurn(generator, each, load, warmUpMs)
  }
  for (let round = 1; round <= rounds; round++) {
    progress(`rpc: round ${round} of ${rounds}`)
    for (const load of loadNames) {
      for (let turn = 0; turn < running.length; turn++) {
        const each = running[(round + turn) % running.length]!
        const { cpuUs, operations, elapsedMs } = await takeTurn(generator, each, load, turnMs)
        const figures = results[load][each.subject]
        figures.cpuUs.push(cpuUs / operations)
        figures.perSecond.push((operations / elapsedMs) * 1000)
        figures.busy.push(cpuUs / 1000 / elapsedMs)
      }
    }
  }
  return results
}

/** Connecting is not measured; all else that happens until the last answer is. */
async function takeTurn(
  generator: Worker,
  { subject, server, port }: Running,
  load: LoadName,
  durationMs: number,
) {
  await command(generator, { do: 'open', subject, port, load })
  const before = await server.ask<NodeJS.CpuUsage>({})
  const turn = await command<Turn>(generator, { do: 'drive', load, durationMs })
  const after = await server.ask<NodeJS.CpuUsage>({})
  await command(generator, { do: 'close' })
  return { ...turn, cpuUs: after.user + after.system - before.user - before.system }
}

function command<T>(generator: Worker, what: Command): Promise<T> {
  return generator.ask<T>(what)
}

function emptyResults(): Results {
  const empty = (): Figures => ({ cpuUs: [], perSecond: [], busy: [] })
  const perSubject = () => Object.fromEntries(subjectNames.map((subject) => [subject, empty()]))
  return Object.fromEntries(loadNames.map((load) => [load, perSubject()])) as unknown as Results
}
