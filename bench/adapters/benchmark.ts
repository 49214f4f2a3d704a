import type { Benchmark, Report, Settings } from '../lib/benchmark.ts'
import { joinReports } from './report.ts'
import { measureSqlite } from './sqlite.ts'

const engines: Readonly<Record<string, (settings: Settings) => Promise<Report>>> = {
  sqlite: measureSqlite,
}

/** What an adapter costs: slowdown over the raw driver, and other data layers' time over ours. */
export const adapters: Benchmark = {
  async run(settings) {
    const reports: Report[] = []
    for (const engine of settings.options.engines ?? []) {
      reports.push(await engines[engine]!(settings))
    }
    return joinReports(reports)
  },
}
