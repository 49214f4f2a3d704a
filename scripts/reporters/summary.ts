import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { outcomeOf } from './outcome.ts'

/** One JSON object on stdout, and nothing else: what `npm test -- --json` prints. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    process.stdout.write(`${JSON.stringify(outcomeOf(modules, unhandled), null, 2)}\n`)
  }
}
