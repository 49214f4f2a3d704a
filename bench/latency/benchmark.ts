import { Unavailable } from '../adapters/engine.ts'
import type { Benchmark } from '../lib/benchmark.ts'
import { pairedRatio, rounded, type Spread } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import { engines } from './engines.ts'
import { measureLatency, subscribers, type Latencies, type Turns } from './latency.ts'
import { percentile } from './paced.ts'
import { openMemoryScene, openScene, type Scene } from './scene.ts'
import { measureOverhead, measureWriters } from './writers.ts'

const full = {
  latency: { rounds: 15, perTurn: 100 },
  writers: { rounds: 9, turnMs: 1_000, warmUpMs: 2_000 },
}
const quick = {
  latency: { rounds: 2, perTurn: 50 },
  writers: { rounds: 3, turnMs: 200, warmUpMs: 400 },
}

/** From what another program writes to who follows it, and what that costs who writes. */
export const latency: Benchmark = {
  async run({ quick: isQuick, options, progress }) {
    const sizes = isQuick ? quick : full
    const metrics: Record<string, number> = {}
    const rows: string[][] = []
    const row = (name: string, figure: number, more: string) => {
      metrics[name] = rounded(figure)
      rows.push([name, figure.toFixed(2), more])
    }
    const measured = async (name: string, open: () => Promise<Scene>) => {
      progress(`latency: ${name}`)
      const scene = await open()
      try {
        report(name, await measureLatency(scene, sizes.latency))
      } finally {
        await scene.close()
      }
    }
    const report = (name: string, { one, many, bridge }: Latencies) => {
      row(`latency.${name}`, p99(one.flat()), timesOf(one))
      row(`latency.${name}.subscribers${subscribers}`, p99(many.flat()), timesOf(many))
      if (bridge.length === 0) return
      const ratio = pairedRatio(one.map(p99), bridge.map(p99))
      row(
        `latency.${name}.vs.notify`,
        ratio.median,
        `${reachOf(ratio)}; bridge: ${timesOf(bridge)}`,
      )
    }
    const { engines: chosen } = options
    const names = chosen ?? ['memory', ...Object.keys(engines)]
    for (const name of names) {
      const engine = engines[name]
      try {
        await measured(name, engine === undefined ? openMemoryScene : () => openScene(engine))
        if (engine === undefined) continue
        progress(`latency: what the log costs who writes, ${name}`)
        const overhead = await measureOverhead(engine, sizes.writers)
        row(`log.overhead.${name}`, overhead.median, reachOf(overhead))
        if (name !== 'postgres') continue
        const writers = await measureWriters(engine, sizes.writers)
        row(`log.writers16.${name}`, writers.median, reachOf(writers))
      } catch (error) {
        if (chosen !== undefined || !(error instanceof Unavailable)) throw error
        progress(`latency: ${name} is left out: ${error.message}`)
      }
    }
    return { metrics, text: formatTable(['', 'figure', ''], rows) }
  },
}

function p99(times: readonly number[]): number {
  return percentile(times, 99)
}

function timesOf(turns: Turns): string {
  const times = turns.flat()
  return `p50 ${percentile(times, 50).toFixed(2)}, p99 ${p99(times).toFixed(2)} ms`
}

function reachOf({ min, max }: Spread): string {
  return `rounds ${min.toFixed(2)} to ${max.toFixed(2)}`
}
