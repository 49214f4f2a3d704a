import type { Benchmark, Report } from '../lib/benchmark.ts'
import { Unavailable, type Engine } from './engine.ts'
import { mariadb } from './mariadb/engine.ts'
import { measure } from './measure.ts'
import { mongodb } from './mongodb/engine.ts'
import { postgres } from './postgres/engine.ts'
import { joinReports } from './report.ts'
import { sqlite } from './sqlite/engine.ts'

/** What an adapter costs: slowdown over the raw driver, and other data layers' time over ours. */
export const adapters: Benchmark = benchmarkOn([sqlite, postgres, mariadb, mongodb])

/** On those of these engines that are wanted; on all that can be had, where none was named. */
export function benchmarkOn(engines: readonly Engine[]): Benchmark {
  return {
    async run(settings) {
      const wanted = settings.options.engines
      const reports: Report[] = []
      for (const engine of engines) {
        if (wanted?.includes(engine.name) === false) continue
        try {
          reports.push(await measure(engine, settings))
        } catch (error) {
          if (!(error instanceof Unavailable) || wanted !== undefined) throw error
          settings.progress(`${engine.name} is left out: ${error.message}`)
        }
      }
      return joinReports(reports)
    },
  }
}
