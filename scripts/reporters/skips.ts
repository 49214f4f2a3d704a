import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { outcomeOf } from './outcome.ts'

/** Lists what was skipped, and why, under the default reporter's summary. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const { skipped } = outcomeOf(modules, unhandled)
    if (skipped.length === 0) return
    const lines = skipped.map(({ test, reason }) => `  ${test}: ${reason}`)
    process.stdout.write(`\nSkipped:\n${lines.join('\n')}\n`)
  }
}
