import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node'
import { outcomeOf } from './outcome.ts'

/** Lists what was skipped, and why, under the default reporter's summary. */
export default class SkipReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    // Who asked for some tests by name knows that the others were left out.
    if (this.#vitest?.config.testNamePattern) return
    const { skipped } = outcomeOf(modules, unhandled)
    if (skipped.length === 0) return
    const lines = skipped.map(({ test, reason }) => `  ${test}: ${reason}`)
    process.stdout.write(`\nSkipped:\n${lines.join('\n')}\n`)
  }
}
