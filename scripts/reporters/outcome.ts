import { relative } from 'node:path'
import type { SerializedError, TestModule, TestResult } from 'vitest/node'

/** What a test run came to. */
export interface Outcome {
  passed: number
  failed: number
  skipped: { test: string; reason: string }[]
  failures: { test: string; message: string }[]
}

/** Counts a run. A file that could not be loaded and an error outside any test are failures too. */
export function outcomeOf(
  modules: readonly TestModule[],
  unhandled: readonly SerializedError[],
): Outcome {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: [], failures: [] }
  const fail = (test: string, errors: readonly { message: string }[] = []) => {
    outcome.failed += 1
    outcome.failures.push({ test, message: errors.map((error) => error.message).join('\n') })
  }

  for (const module of modules) {
    const file = relative(process.cwd(), module.moduleId)
    for (const test of module.children.allTests()) {
      const name = `${file} > ${test.fullName}`
      const result = test.result()
      if (result.state === 'passed') outcome.passed += 1
      else if (result.state === 'failed') fail(name, result.errors)
      else outcome.skipped.push({ test: name, reason: reasonOf(result) })
    }
    if (module.errors().length > 0) fail(file, module.errors())
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) fail(`${file} > ${suite.fullName}`, suite.errors())
    }
  }
  for (const error of unhandled) fail('outside any test', [error])
  return outcome
}

function reasonOf(result: TestResult): string {
  return ('note' in result ? result.note : undefined) ?? 'no reason given'
}
