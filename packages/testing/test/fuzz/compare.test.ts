import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Single } from '../../src/fuzz/operation.ts'
import { disagreement } from '../../src/fuzz/run/compare.ts'
import type { Subject } from '../../src/fuzz/subject.ts'

const schema = defineSchema({ sums: collection({ id: t.id(), value: t.float() }) })

async function oracleOf(values: readonly number[]): Promise<Subject> {
  const data = createDataService({ schema, databases: [memory()] })
  await data.connect()
  onTestFinished(() => data.close())
  await data.sums.insertMany(values.map((value) => ({ value })))
  return { definition: schema.definition, data } as unknown as Subject
}

const aggregate = (measures: object): Single => ({
  atMs: 0,
  call: 'aggregate',
  on: 'sums',
  args: [{ measures }],
})

describe('totals of floats', () => {
  it.each(['total', 'constructor', 'toString'])(
    'may differ by the order of the additions, whatever the measures beside them are called: %s',
    async (name) => {
      const oracle = await oracleOf([0.1, 0.2, 0.3])
      const operation = aggregate({ [name]: 'count', mean: { avg: 'value' } })
      const outcome = (mean: number) => ({ value: [{ [name]: 3, mean }] })
      const [a, b] = [(0.1 + 0.2 + 0.3) / 3, (0.3 + 0.2 + 0.1) / 3]
      expect(a).not.toBe(b)
      expect(await disagreement(operation, oracle, outcome(a), outcome(b))).toBeUndefined()
      expect(await disagreement(operation, oracle, outcome(a), outcome(a + 1e-9))).toBeDefined()
    },
  )

  it('are compared under a name that every object has', async () => {
    const oracle = await oracleOf([0.1, 0.2, 0.3])
    const operation = aggregate({ constructor: { sum: 'value' } })
    const outcome = (sum: number) => ({ value: [{ constructor: sum }] })
    const [a, b] = [0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1]
    expect(await disagreement(operation, oracle, outcome(a), outcome(b))).toBeUndefined()
    expect(await disagreement(operation, oracle, outcome(a), outcome(2 * b))).toBeDefined()
  })
})
