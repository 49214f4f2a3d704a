import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import type { Change } from '../../src/contract/change-log.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { rejectedCode } from '../support/errors.ts'
import { newFile } from '../support/files.ts'
import { connected } from '../support/service.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), rank: t.int(), version: t.version() }),
})

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  'sqlite :memory:': () => sqlite({ file: ':memory:' }),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

const tell = ({ old, row, actor, mutationId }: Change) => [old?.rank, row?.rank, actor, mutationId]

describe.each(Object.entries(engines))('the change log of %s', (_, createAdapter) => {
  async function open() {
    const adapter = createAdapter()
    const data = await connected(schema, adapter)
    return { data, log: adapter.log }
  }

  it('says of each change who made it by which mutation, where that is known', async () => {
    const { data, log } = await open()
    const start = await log.head()
    await data.notes.insert({ id: 'a', rank: 1 })
    await data.transaction((tx) => tx.notes.update('a', { rank: 2 }))
    const [first, second] = [{ mutationId: 'm1', actor: 'ann' }, { actor: 'bob' }]
    await data.transaction(async (tx) => void (await tx.notes.update('a', { rank: 3 })), first)
    await data.transaction((tx) => tx.notes.update('a', { rank: 4 }), second)
    await data.transaction((tx) => tx.notes.delete('a'), { mutationId: 'm2' })
    const { changes } = await log.read(start)
    expect(changes.map(tell)).toEqual([
      [undefined, 1, null, null],
      [1, 2, null, null],
      [2, 3, 'ann', 'm1'],
      [3, 4, 'bob', null],
      [4, undefined, null, 'm2'],
    ])
  })

  it('has nothing of a mutation that failed, nor of one that is sent again', async () => {
    const { data, log } = await open()
    const start = await log.head()
    const write = (rank: number) =>
      data.transaction(
        async (tx) => {
          await tx.notes.insert({ rank })
          if (rank === 1) throw new Error('no')
        },
        { mutationId: 'm1' },
      )
    await expect(write(1)).rejects.toThrow('no')
    await write(2)
    await write(3)
    expect((await log.read(start)).changes.map(tell)).toEqual([[undefined, 2, null, 'm1']])
  })

  it('has its head behind everything that is committed', async () => {
    const { data, log } = await open()
    await data.notes.insertMany([{ rank: 1 }, { rank: 2 }])
    const head = await log.head()
    expect(head).toMatch(/^[^:]+:\d+$/)
    expect(await log.read(head)).toEqual({ changes: [], position: head, isWhole: true })
    const after = await data.notes.insert({ rank: 3 })
    const { changes, position } = await log.read(head)
    expect(changes.map(({ row }) => row)).toEqual([after])
    expect(position).toBe(await log.head())
  })

  it('reads up to a position and no further, and in batches where there is much', async () => {
    const { data, log } = await open()
    const start = await log.head()
    await data.notes.insertMany(Array.from({ length: 2_500 }, (_each, rank) => ({ rank })))
    const middle = await log.head()
    await data.notes.insert({ rank: -1 })
    const ranks: unknown[] = []
    for (let position = start, isWhole = false; !isWhole;) {
      const batch = await log.read(position, middle)
      expect(batch.changes.length).toBeGreaterThan(0)
      expect(batch.isWhole).toBe(batch.position === middle)
      ranks.push(...batch.changes.map(({ row }) => row!.rank))
      position = batch.position
      isWhole = batch.isWhole
    }
    expect(ranks.sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 2_500 }, (_each, rank) => rank),
    )
  })

  it('takes only positions that are its own', async () => {
    const { data, log } = await open()
    await data.notes.insert({ rank: 1 })
    const head = await log.head()
    const [generation] = head.split(':')
    const other = await open()
    await other.data.notes.insertMany([{ rank: 1 }, { rank: 2 }])
    const wrong = [
      await other.log.head(),
      '',
      ':',
      ':0',
      '0',
      generation!,
      `x${head}`,
      `${head}:0`,
      `${head} `,
      ...['', '-1', '1.5', '1e0', '0x1', 'NaN', 'Infinity', '9', '9'.repeat(30)].map(
        (place) => `${generation}:${place}`,
      ),
    ]
    for (const position of wrong) {
      expect(await rejectedCode(() => log.read(position)), position).toBe('PositionLost')
      expect(await rejectedCode(() => log.read(head, position)), position).toBe('PositionLost')
    }
  })

  it('cannot be read before it is connected, nor after it is closed', async () => {
    const adapter = createAdapter()
    expect(await rejectedCode(async () => adapter.log.head())).toBe('NotConnected')
    const data = await connected(schema, adapter)
    const head = await adapter.log.head()
    await data.close()
    expect(await rejectedCode(async () => adapter.log.read(head))).toBe('NotConnected')
    expect(await rejectedCode(async () => adapter.log.head())).toBe('NotConnected')
  })
})

describe('the change log of a memory', () => {
  it('is another one each time that it is connected', async () => {
    const adapter = memory()
    const first = await connected(schema, adapter)
    const empty = await adapter.log.head()
    await first.notes.insert({ rank: 1 })
    const head = await adapter.log.head()
    await first.close()
    const second = await connected(schema, adapter)
    await second.notes.insertMany([{ rank: 1 }, { rank: 2 }])
    expect(await rejectedCode(() => adapter.log.read(empty))).toBe('PositionLost')
    expect(await rejectedCode(() => adapter.log.read(head))).toBe('PositionLost')
  })

  it('forgets, and says so to who is too slow', async () => {
    const adapter = memory()
    const data = await connected(schema, adapter)
    await data.notes.insert({ id: 'a', rank: 0 })
    const start = await adapter.log.head()
    for (let n = 0; n < 21; n++) {
      await data.notes.insertMany(Array.from({ length: 1_000 }, (_, rank) => ({ rank })))
      await data.notes.deleteMany({ where: { id: { ne: 'a' } } })
    }
    expect(await rejectedCode(() => adapter.log.read(start))).toBe('PositionLost')
  })
})
