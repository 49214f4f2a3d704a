import { describe, expect, it, onTestFinished } from 'vitest'
import { countQueries, kinds, openScene, type Kind } from '../../bench/live/scene.ts'

describe('the scene of the live benchmark', () => {
  it.each(Object.keys(kinds) as Kind[])(
    'shows every write to exactly one of its %s queries',
    async (kind) => {
      const scene = await openScene(kind, 20)
      onTestFinished(() => scene.close())
      // It resolves when as many events have come as rows were written, one for each.
      await scene.write(0, 50)
      await scene.write(50, 50)
    },
  )

  it('asks the database once for what many subscribe to', async () => {
    expect(await countQueries(50)).toBe(1)
  })
})
