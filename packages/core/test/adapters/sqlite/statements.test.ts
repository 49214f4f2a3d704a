import { describe, expect, it, vi } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { connected, driverPrototype } from '../../support/service.ts'

const names = Array.from({ length: 12 }, (_, n) => `f${n}`)
const schema = defineSchema({
  wide: collection({
    id: t.id(),
    ...Object.fromEntries(names.map((name) => [name, t.int().default(1)])),
  }),
})

/** How many statements SQLite is given to compile while `work` runs. */
async function compiled(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(driverPrototype, 'prepare')
  try {
    await work()
    return spy.mock.calls.length
  } finally {
    spy.mockRestore()
  }
}

describe('prepared statements', () => {
  it('are compiled once for each shape, whatever the values', async () => {
    const data = await connected(schema, sqlite({ file: ':memory:' }))
    const wide = data.collection('wide')
    const use = async (n: number) => {
      await wide.insert({ id: `i${n}` })
      await wide.find({ where: { f1: n }, limit: n } as never)
      await wide.find({ where: { f1: { in: Array.from({ length: n }, (_, i) => i) } } } as never)
      await wide.count({ where: { id: `i${n}` } })
    }
    await use(2)
    expect(await compiled(() => use(3))).toBe(0)
    expect(await compiled(() => use(50))).toBe(0)
  })

  it('are forgotten when there are too many, the oldest first, and answers stay right', async () => {
    const data = await connected(schema, sqlite({ file: ':memory:' }))
    const wide = data.collection('wide')
    await wide.insert({ id: 'a' })
    const shapes = Array.from({ length: 1_500 }, (_, n) =>
      names.filter((_name, bit) => ((n + 1) >> bit) & 1),
    )
    const ask = async (select: string[]) => {
      const rows = await wide.find({ select } as never)
      expect(rows).toEqual([Object.fromEntries(select.map((name) => [name, 1]))])
    }
    const all = await compiled(async () => {
      for (const shape of shapes) await ask(shape)
    })
    expect(all).toBe(shapes.length)
    expect(await compiled(() => ask(shapes.at(-1)!))).toBe(0)
    expect(await compiled(() => ask(shapes[0]!))).toBe(1)
  })
})
