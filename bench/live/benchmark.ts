import type { Benchmark } from '../lib/benchmark.ts'
import { interleave } from '../lib/interleave.ts'
import { pairedRatio, rounded, spreadOf } from '../lib/statistics.ts'
import { formatTable } from '../lib/table.ts'
import { countQueries, openScene, type Kind, type Scene } from './scene.ts'

const fullPlan = { rounds: 15, turnMs: 300, warmUpMs: 1_500 }
const quickPlan = { rounds: 3, turnMs: 60, warmUpMs: 200 }

/** What each figure says of how many times as many queries; both touch one query with each write. */
const figures: Readonly<Record<Kind, string>> = {
  keyed: 'live.cost.10000over10',
  ranged: 'live.range.10000over10',
}
const few = 10
const many = 10_000
const subscribers = 1_000

/** What a write costs the processor beside distinct live queries on its table, of which it touches one. */
export const live: Benchmark = {
  async run({ quick, progress }) {
    const metrics: Record<string, number> = {}
    const rows: string[][] = []
    for (const kind of Object.keys(figures) as Kind[]) {
      progress(`live: ${kind} queries`)
      const { cpuUs, ratio } = await measure(kind, quick ? quickPlan : fullPlan)
      metrics[figures[kind]] = rounded(ratio.median)
      rows.push([
        figures[kind],
        ...cpuUs.map((figure) => figure.toFixed(1)),
        ratio.median.toFixed(2),
        `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`,
      ])
    }
    metrics['live.hydrate'] = await countQueries(subscribers)
    const head = ['', `cpu µs, ${few}`, `cpu µs, ${many}`, 'ratio', 'rounds']
    const hydrate = `live.hydrate: ${metrics['live.hydrate']} queries for ${subscribers} subscriptions`
    return { metrics, text: `${formatTable(head, rows)}\n\n${hydrate}` }
  },
}

async function measure(kind: Kind, plan: typeof fullPlan) {
  const scenes: Scene[] = []
  try {
    for (const queries of [few, many]) scenes.push(await openScene(kind, queries))
    const names = [String(few), String(many)] as const
    const contenders = scenes.map((scene, at) => ({
      name: names[at]!,
      run: (first: number, count: number) => scene.write(first, count),
    }))
    const times = await interleave(contenders, plan)
    const [ofFew, ofMany] = names.map((name) => times.get(name)!.cpu) as [number[], number[]]
    const cpuUs = [spreadOf(ofFew).median, spreadOf(ofMany).median]
    return { cpuUs, ratio: pairedRatio(ofMany, ofFew) }
  } finally {
    for (const scene of scenes) await scene.close()
  }
}
