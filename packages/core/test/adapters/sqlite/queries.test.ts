import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memory } from '../../../src/adapters/memory/index.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { evaluateFind } from '../../../src/query/evaluate.ts'
import { planFind } from '../../../src/query/plan-find.ts'
import type { Row } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { kinds } from '../../../src/schema/kinds.ts'
import { anyWhere } from '../../query/filters.ts'
import { rejectionOf } from '../../support/errors.ts'
import { connected } from '../../support/service.ts'
import { anyThing, schema, things } from '../../support/things.ts'

const sampling = { seed: 20_260_101 }
const rows: Row[] = fc
  .sample(anyThing, { ...sampling, numRuns: 60 })
  .map((row, index) => ({ ...row, id: `i${index}` }))
const ids = (found: readonly Row[]) => found.map(({ id }) => id)

async function filled() {
  const data = await connected(schema, sqlite({ file: ':memory:' }))
  await data.things.insertMany(rows as never)
  return data
}

describe('SQLite', () => {
  it('finds what the evaluator finds', async () => {
    const data = await filled()
    for (const where of fc.sample(anyWhere, { ...sampling, numRuns: 700 })) {
      const expected = evaluateFind(planFind(things, { where, select: ['id'] }), rows)
      const found = await data.things.find({ where, select: ['id'] } as never)
      expect({ where, found: ids(found) }).toEqual({ where, found: ids(expected) })
    }
  })

  it.each(things.fieldList.filter(({ kind }) => kinds[kind].allows.order).map(({ name }) => name))(
    'orders by %s as the evaluator does, whole and page by page',
    async (name) => {
      const data = await filled()
      for (const direction of ['asc', 'desc']) {
        const orderBy = { [name]: direction }
        const expected = ids(evaluateFind(planFind(things, { orderBy }), rows))
        expect(ids(await data.things.find({ orderBy } as never))).toEqual(expected)
        const paged: unknown[] = []
        let after: string | null = null
        do {
          const query = { orderBy, limit: 7, ...(after !== null && { after }) }
          const page = (await data.things.page(query as never)) as {
            rows: Row[]
            next: string | null
          }
          paged.push(...ids(page.rows))
          after = page.next
        } while (after !== null)
        expect(paged).toEqual(expected)
      }
    },
  )

  it('names the fields of a broken unique index in its order, as memory does', async () => {
    const pairs = defineSchema({
      pairs: collection({ id: t.id(), a: t.int(), b: t.int() }).unique('b', 'a'),
    })
    for (const adapter of [memory(), sqlite({ file: ':memory:' })]) {
      const data = await connected(pairs, adapter)
      await data.pairs.insert({ id: 'x', a: 1, b: 2 })
      const unique = await rejectionOf(() => data.pairs.insert({ a: 1, b: 2 }))
      expect(unique).toMatchObject({ code: 'UniqueViolation', details: { fields: ['b', 'a'] } })
      const key = await rejectionOf(() => data.pairs.insert({ id: 'x', a: 1, b: 3 }))
      expect(key).toMatchObject({ code: 'UniqueViolation', details: { fields: ['id'] } })
    }
  })
})
