import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createDataService } from '../../../src/index.node.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { errorOf, rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newFile, newFolder } from '../../support/files.ts'
import { connectedFile, driverPrototype, inFile } from '../../support/service.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })
const connect = (file: string, options = {}) => connectedFile(schema, file, options)

/** A database of many pages, closed, so that all of it is in the one file. */
async function writeNotes(file: string, count = 200): Promise<void> {
  const data = createDataService({ schema, databases: [sqlite({ file })] })
  await data.connect()
  const notes = Array.from({ length: count }, (_, n) => ({ id: `n${n}`, text: 'x'.repeat(500) }))
  await data.notes.insertMany(notes)
  await data.close()
}

/** Runs work as a user who may read the folder, but not write it. */
async function withoutWriting<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid!() === 0
  chmodSync(folder, 0o555)
  // Root may write everything.
  if (isRoot) process.seteuid!('nobody')
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid!(0)
    chmodSync(folder, 0o755)
  }
}

describe('a file that cannot be opened', () => {
  it.each(['create', 'verify', 'off'])(
    'is DatabaseMissing without its folder, ensure: %s',
    async (ensure) => {
      const folder = newFolder()
      const error = await rejectionOf(() => connect(join(folder, 'none', 'data.db'), { ensure }))
      expect(error.code).toBe('DatabaseMissing')
      expect(error.message).toContain('folder')
      expect(readdirSync(folder)).toEqual([])
    },
  )

  it.each([{ ensure: 'verify' }, { ensure: 'off' }, { ensure: 'create', readOnly: true }])(
    'is DatabaseMissing when it does not exist and may not be made: %o',
    async (options) => {
      const file = newFile()
      const error = await rejectionOf(() => connect(file, options))
      expect(error.code).toBe('DatabaseMissing')
      expect(error.message).toContain("{ ensure: 'create' }")
      expect(readdirSync(dirname(file))).toEqual([])
    },
  )

  it('is DatabaseMissing when it cannot be made in its folder, and says so', async () => {
    const file = newFile()
    const error = await rejectionOf(() => withoutWriting(dirname(file), () => connect(file)))
    expect(error.code).toBe('DatabaseMissing')
    expect(error.message).toContain('its folder cannot be written')
  })

  it.each([{}, { ensure: 'verify' }, { readOnly: true }])(
    'is DatabaseReadOnly in a folder that may not be written, and says so: %o',
    async (options) => {
      const file = newFile()
      await writeNotes(file, 3)
      const open = () => withoutWriting(dirname(file), () => connect(file, options))
      const error = await rejectionOf(open)
      expect(error.code).toBe('DatabaseReadOnly')
      expect(error.message).toMatch(/folder of .* cannot be written, where SQLite keeps the -wal/)
    },
  )

  it('is DatabaseMissing when it is a link to nothing, and says so', async () => {
    const file = newFile()
    symlinkSync(join(dirname(file), 'none', 'data.db'), file)
    const error = await rejectionOf(() => connect(file))
    expect(error.code).toBe('DatabaseMissing')
    expect(error.message).toContain('is a link to a file that does not exist')
  })

  it('is DatabaseMissing when it is a folder', async () => {
    const folder = newFolder()
    expect(await rejectedCode(() => connect(folder))).toBe('DatabaseMissing')
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([{}, { ensure: 'verify' }, { readOnly: true }])(
    'is DatabaseCorrupt when it holds something else, which stays as it is: %o',
    async (options) => {
      const file = newFile()
      const text = 'Dear diary, this is no database. '.repeat(100)
      writeFileSync(file, text)
      const error = await rejectionOf(() => connect(file, options))
      expect(error.code).toBe('DatabaseCorrupt')
      expect(error.message).toContain(file)
      expect(readFileSync(file, 'utf8')).toBe(text)
      expect(readdirSync(dirname(file))).toEqual(['data.db'])
    },
  )

  it('may be tried again once the cause is gone', async () => {
    const file = join(newFolder(), 'later', 'data.db')
    const data = createDataService({ schema, databases: [sqlite({ file })] })
    expect(await rejectedCode(() => data.connect())).toBe('DatabaseMissing')
    mkdirSync(dirname(file))
    await data.connect()
    expect(await data.notes.count()).toBe(0)
    await data.close()
  })
})

describe('a file whose reading fails', () => {
  const failing = () => {
    vi.spyOn(driverPrototype, 'prepare').mockImplementation(() => {
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' })
    })
    onTestFinished(() => void vi.restoreAllMocks())
  }

  it('is DatabaseUnavailable to reads, of which nothing is unknown', async () => {
    const data = await connect(newFile())
    failing()
    for (const read of [() => data.notes.find(), () => data.notes.count(), () => data.ping()]) {
      const error = await rejectionOf(read)
      expect(error).toMatchObject({
        code: 'DatabaseUnavailable',
        details: { outcome: 'not-applied' },
      })
    }
    const error = await rejectionOf(() => data.notes.insert({ text: 'a' }))
    expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
  })

  it('is DatabaseMissing when it has gone', async () => {
    const file = newFile()
    const data = await connect(file)
    rmSync(file)
    const error = await rejectionOf(() => data.notes.find())
    expect(error.code).toBe('DatabaseMissing')
    expect(error.message).toContain('has gone while it was open')
  })
})

describe('a damaged file', () => {
  it('is DatabaseCorrupt to whoever reads the damage, and is not made worse', async () => {
    const file = newFile()
    await writeNotes(file)
    const bytes = readFileSync(file)
    const page = inFile(file, (db) =>
      db.prepare(`select rootpage from sqlite_schema where name = 'notes'`).raw().get(),
    ) as [number]
    bytes.fill(0xa5, 4096 * (page[0] - 1), 4096 * page[0])
    writeFileSync(file, bytes)
    const data = await connect(file, { ensure: 'off' })
    const error = await rejectionOf(() => data.notes.find())
    expect(error.code).toBe('DatabaseCorrupt')
    expect(error.message).toMatch(/backup/)
    await data.close()
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  it('is DatabaseCorrupt when half of it is gone', async () => {
    const file = newFile()
    await writeNotes(file)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, bytes.length / 2))
    expect(await rejectedCode(async () => (await connect(file)).notes.find())).toBe(
      'DatabaseCorrupt',
    )
  })

  const digits = '9'.repeat(400)
  it.each(['{"open":', '1e999', '[-2E+0400]', digits, `{"a":"e11","b":${digits}e-1}`])(
    'holds a value that is none: CorruptValue names the collection, %s',
    async (json) => {
      const file = newFile()
      const times = defineSchema({ logs: collection({ id: t.id(), data: t.json() }).table('logs') })
      inFile(file, (db) => {
        db.exec(`create table logs (id text not null primary key, data text not null) strict`)
        db.prepare(`insert into logs values ('a', ?)`).run(json)
      })
      const data = await connectedFile(times, file)
      const error = await rejectionOf(() => data.logs.find())
      expect(error).toMatchObject({ code: 'CorruptValue', details: { collection: 'logs' } })
    },
  )
})

describe('a database in another encoding', () => {
  it.each(['UTF-16le', 'UTF-16be'])(
    'is refused, because it orders texts otherwise: %s',
    async (encoding) => {
      const file = newFile()
      inFile(file, (db) => {
        db.pragma(`encoding = '${encoding}'`)
        db.exec('create table strangers (n int)')
      })
      for (const ensure of ['create', 'verify', 'off'] as const) {
        expect(await rejectedCode(() => connect(file, { ensure }))).toMatch(
          /^(SchemaMismatch|Unsupported)$/,
        )
      }
    },
  )
})

describe('an empty file', () => {
  it('is a database without tables', async () => {
    const file = newFile()
    writeFileSync(file, '')
    expect(await rejectedCode(() => connect(file, { ensure: 'verify' }))).toBe('SchemaMismatch')
    const data = await connect(file)
    await data.notes.insert({ id: 'a', text: 'b' })
    expect(await data.notes.count()).toBe(1)
  })

  it('lacks tables when nobody looked: SchemaMismatch at the first call', async () => {
    const file = newFile()
    writeFileSync(file, '')
    const data = await connect(file, { ensure: 'off' })
    expect(await rejectedCode(() => data.notes.find())).toBe('SchemaMismatch')
    expect(await rejectedCode(() => data.notes.insert({ text: 'a' }))).toBe('SchemaMismatch')
  })
})

describe('readOnly', () => {
  it('reads, and refuses every write with DatabaseReadOnly', async () => {
    const file = newFile()
    await writeNotes(file, 3)
    const before = readFileSync(file)
    const data = await connect(file, { readOnly: true })
    expect(await data.notes.count()).toBe(3)
    expect(await data.notes.get('n1')).toMatchObject({ id: 'n1' })
    const writes = [
      () => data.notes.insert({ text: 'a' }),
      () => data.notes.insertMany([{ text: 'a' }, { text: 'b' }]),
      () => data.notes.update('n1', { text: 'a' }),
      () => data.notes.updateMany({ where: {}, set: { text: 'a' } }),
      () =>
        data.notes.upsert({ on: ['id'], insert: { id: 'n1', text: 'a' }, update: { text: 'a' } }),
      () => data.notes.delete('n1'),
      () => data.notes.deleteMany({ where: {} }),
      () => data.transaction((tx) => tx.notes.insert({ text: 'a' })),
    ]
    for (const write of writes) {
      const error = await rejectionOf(write)
      expect(error).toMatchObject({ code: 'DatabaseReadOnly', details: { outcome: 'not-applied' } })
    }
    await data.close()
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is nothing for a database in memory', () => {
    expect(errorOf(() => sqlite({ file: ':memory:', readOnly: true }))).toMatchObject({
      code: 'InvalidOptions',
      message: expect.stringContaining('leave readOnly out') as string,
    })
  })

  it('makes no tables', async () => {
    const file = newFile()
    writeFileSync(file, '')
    const error = await rejectionOf(() => connect(file, { readOnly: true }))
    expect(error.code).toBe('SchemaMismatch')
    expect(statSync(file).size).toBe(0)
  })

  it('sees what a writer of the same file commits', async () => {
    const file = newFile()
    const writer = await connect(file)
    const reader = await connect(file, { readOnly: true })
    await writer.notes.insert({ id: 'a', text: 'b' })
    expect(await reader.notes.find()).toEqual([{ id: 'a', text: 'b' }])
  })
})

describe('close', () => {
  it('leaves one whole file behind, which opens again with all that was written', async () => {
    const file = newFile()
    await writeNotes(file, 20)
    expect(readdirSync(dirname(file))).toEqual(['data.db'])
    expect(await (await connect(file, { ensure: 'verify' })).notes.count()).toBe(20)
  })

  it('lets go of the file after a failed connect, too', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec('create table notes (id integer primary key)'))
    expect(await rejectedCode(() => connect(file))).toBe('SchemaMismatch')
    expect(existsSync(`${file}-wal`)).toBe(false)
  })
})
