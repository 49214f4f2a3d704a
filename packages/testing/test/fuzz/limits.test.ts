import { describe, expect, it } from 'vitest'
import { WherryError } from '@wherry/core'
import type { WritePlan } from '@wherry/core/query'
import { oracle, printFailure, runFuzz, type Engine } from '../../src/fuzz/index.ts'
import { isRecord } from '../../src/fuzz/lib/plain.ts'
import { limitedMemory } from '../limited-memory.ts'

const twin: Engine = { ...oracle, name: 'twin' }

/** It has neither transactions nor foreign keys, and refuses some JSON. */
const limited: Engine = {
  name: 'limited',
  async open() {
    const adapter = limitedMemory()
    const { write } = adapter
    adapter.write = async (plans) => {
      if (plans.some(holdsNested)) throw new WherryError('Unsupported', 'This JSON is refused')
      return write(plans)
    }
    return { adapter, abilities: { anyJson: false }, dispose: () => Promise.resolve() }
  },
}

function holdsNested(plan: WritePlan): boolean {
  if (plan.kind === 'delete') return false
  const rows = plan.kind === 'insert' ? plan.rows : plan.kind === 'upsert' ? [plan.row] : []
  const set = plan.kind === 'insert' ? [] : plan.set.map(({ value }) => value)
  return [...rows.flatMap((row) => Object.values(row)), ...set].some(isNested)
}

function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => Array.isArray(item) || isNested(item))
  if (!isRecord(value)) return false
  return Object.entries(value).some(([key, item]) => key.includes('.') || isNested(item))
}

describe('the fuzz of an engine that can do less', () => {
  it('asks it for no more than it can do', async () => {
    const report = await runFuzz({ engines: [limited], cases: 6_000, seed: 3 })
    expect(report.failures.map(printFailure)).toEqual([])
    const names = Array.from(report.endings.keys())
    expect(names.filter((name) => name.startsWith('transaction'))).toEqual([])
    expect(report.endings.get('race applied on limited')).toBeGreaterThan(100)
  })

  it('asks others beside it for everything, in most of the databases', async () => {
    const { cases, engines, endings, failures } = await runFuzz({
      engines: [twin, limited],
      cases: 6_000,
      seed: 3,
    })
    expect(failures.map(printFailure)).toEqual([])
    expect(engines.twin!.cases).toBe(cases)
    expect(engines.limited!.cases).toBeGreaterThan(cases / 6)
    expect(engines.limited!.cases).toBeLessThan(cases / 3)
    expect(endings.get('transaction ok')).toBeGreaterThan(100)
    expect(endings.get('insert UniqueViolation or ForeignKeyViolation')).toBeGreaterThan(5)
  })
})
