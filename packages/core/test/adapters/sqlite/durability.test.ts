import { describe, expect, it, vi } from 'vitest'
import type { SqliteDatabase } from '../../../src/adapters/sqlite/driver.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { newFile } from '../../support/files.ts'
import { connected, driverPrototype } from '../../support/service.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })

/** Runs `work` and returns the handles that the driver opened for it, writer first. */
async function handlesOf<T>(work: () => Promise<T>): Promise<[T, SqliteDatabase[]]> {
  const handles = new Set<SqliteDatabase>()
  const spies = (['pragma', 'prepare', 'exec'] as const).map((method) => {
    const original = driverPrototype[method] as (...args: unknown[]) => unknown
    return vi.spyOn(driverPrototype, method).mockImplementation(function (
      this: unknown,
      ...args: unknown[]
    ) {
      handles.add(this as SqliteDatabase)
      return original.apply(this, args) as never
    })
  })
  try {
    return [await work(), [...handles]]
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const setting = (db: SqliteDatabase, name: string) => db.pragma(name, { simple: true })

describe('the writing connection', () => {
  it.each([
    ['the default', {}, 2],
    ["'full'", { synchronous: 'full' }, 2],
    ["'normal'", { synchronous: 'normal' }, 1],
  ] as const)('is synchronous as asked, %s, before and after writes', async (_, options, level) => {
    const [data, [writer]] = await handlesOf(async () => {
      const service = await connected(schema, sqlite({ file: newFile(), ...options }))
      await service.notes.insert({ text: 'a' })
      return service
    })
    expect(setting(writer!, 'synchronous')).toBe(level)
    await data.notes.insertMany([{ text: 'b' }, { text: 'c' }])
    await data.transaction(async (tx) => {
      await tx.notes.insert({ text: 'd' })
      await tx.notes.deleteMany({ where: { text: 'a' } })
    })
    await data.transaction(() => Promise.reject(new Error('no'))).catch(() => undefined)
    await data.notes.updateMany({ where: {}, set: { text: 'e' } })
    expect(setting(writer!, 'synchronous')).toBe(level)
  })

  it.each(['create', 'verify', 'off'] as const)(
    'is so from the first write on in a file that has been written before, ensure: %s',
    async (ensure) => {
      const file = newFile()
      await (await connected(schema, sqlite({ file }))).close()
      const [, [writer]] = await handlesOf(async () => {
        const data = await connected(schema, sqlite({ file }), { ensure })
        await data.notes.insert({ text: 'a' })
      })
      expect(setting(writer!, 'synchronous')).toBe(2)
    },
  )

  it('writes ahead, keeps references, and never lets SQLite block the process by waiting', async () => {
    const [data, handles] = await handlesOf(async () => {
      const service = await connected(schema, sqlite({ file: newFile() }))
      await service.notes.insert({ text: 'a' })
      await service.notes.find()
      return service
    })
    const [writer, ...readers] = handles
    expect(readers).toHaveLength(data.stats().total - 1)
    expect(setting(writer!, 'journal_mode')).toBe('wal')
    expect(setting(writer!, 'foreign_keys')).toBe(1)
    for (const handle of handles) expect(setting(handle, 'busy_timeout')).toBe(0)
  })

  it('is the only one that can write', async () => {
    const [data, [, reader]] = await handlesOf(async () => {
      const service = await connected(schema, sqlite({ file: newFile() }))
      await service.notes.find()
      return service
    })
    expect(() => reader!.exec(`insert into notes values ('a', 'b')`)).toThrow(/readonly/)
    expect(await data.notes.count()).toBe(0)
  })
})
