import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { oracle, printFailure, runFuzz, type FuzzCase } from '../../src/fuzz/index.ts'
import { bugs, planted } from './planted.ts'

/** The rows that a minimized case inserts. */
function rowsOf({ operations }: FuzzCase): number {
  const calls = operations.flatMap((operation) =>
    'transaction' in operation ? operation.transaction : 'call' in operation ? [operation] : [],
  )
  return calls.reduce((sum, { call, args }) => {
    if (call === 'insertMany') return sum + (args[0] as unknown[]).length
    return sum + (call === 'insert' || call === 'upsert' ? 1 : 0)
  }, 0)
}

function syntaxErrors(program: string): unknown[] {
  const { diagnostics = [] } = ts.transpileModule(program, { reportDiagnostics: true })
  return diagnostics.map(({ messageText }) => messageText)
}

describe('the fuzz', () => {
  it.each(Object.entries(bugs))('finds that %s, and shows it on few rows', async (name, bug) => {
    const report = await runFuzz({
      engines: [planted(name, bug)],
      cases: 20_000,
      seed: 1,
      maxMismatches: 1,
      shrinkMs: Infinity,
    })
    expect(report.mismatches, `seed ${report.seed}`).toBe(1)
    const [failure] = report.failures
    const program = printFailure(failure!)
    expect(rowsOf(failure!.case), program).toBeLessThanOrEqual(3)
    expect(failure!.case.operations.length, program).toBeLessThanOrEqual(4)
    expect(syntaxErrors(program), program).toEqual([])
  })

  it('finds nothing where there is nothing to find', async () => {
    const twin = { ...oracle, name: 'twin' }
    const report = await runFuzz({ engines: [twin], cases: 1_000, seed: 7 })
    expect(report.failures.map(printFailure)).toEqual([])
    expect({ cases: report.cases, seed: report.seed }).toEqual({ cases: 1_000, seed: 7 })
  })

  it('does the same again for the same seed', async () => {
    const twin = { ...oracle, name: 'twin' }
    const run = () => runFuzz({ engines: [twin], cases: 400, seed: 11 })
    const [one, other] = [await run(), await run()]
    expect(one.endings).toEqual(other.endings)
    expect(one.coverage).toEqual(other.coverage)
  })
})
