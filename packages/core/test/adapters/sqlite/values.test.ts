import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { acceptField } from '../../../src/schema/accept.ts'
import type { Row } from '../../../src/schema/definition.ts'
import { anyValueOf } from '../../codec/values.ts'
import { connected, connectedFile, inFile } from '../../support/service.ts'
import { newFile } from '../../support/files.ts'
import { schema, things } from '../../support/things.ts'

const anyRow: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(
    things.fieldList.map((field) => [
      field.name,
      field.nullable ? fc.option(anyValueOf(field), { freq: 6 }) : anyValueOf(field),
    ]),
  ),
)

const rows = fc.sample(anyRow, { seed: 20_260_101, numRuns: 500 }).map((row, index) =>
  Object.fromEntries(
    things.fieldList.map((field) => {
      const value = field.name === 'id' ? `i${String(index).padStart(3, '0')}` : row[field.name]
      return [field.name, acceptField(field, value)]
    }),
  ),
)

describe('a SQLite column', () => {
  it('gives back every value of its kind as it was given', async () => {
    const data = await connected(schema, sqlite({ file: ':memory:' }))
    const returned = await data.things.insertMany(rows as never)
    expect(returned).toEqual(rows)
    expect(await data.things.find()).toEqual(rows)
    for (const row of rows.slice(0, 50))
      expect(await data.things.get(row.id as string)).toEqual(row)
  })

  it('keeps what it held when a row is updated to itself', async () => {
    const data = await connected(schema, sqlite({ file: ':memory:' }))
    await data.things.insertMany(rows as never)
    for (const { id, ...patch } of rows.slice(0, 50)) {
      expect(await data.things.update(id as string, patch as never)).toEqual({ id, ...patch })
    }
    expect(await data.things.find()).toEqual(rows)
  })

  it('is found by each value that it holds', async () => {
    const data = await connected(schema, sqlite({ file: ':memory:' }))
    await data.things.insertMany(rows as never)
    const comparable = things.fieldList.filter(({ kind }) => kind !== 'json' && kind !== 'array')
    for (const row of rows.slice(0, 40)) {
      for (const { name } of comparable) {
        const ids = async (where: object) =>
          (await data.things.find({ where, select: ['id'] } as never)).map(({ id }) => id)
        expect(await ids({ [name]: row[name] })).toContain(row.id)
        expect(await ids({ [name]: { in: [row[name]] } })).toContain(row.id)
        expect(await ids({ [name]: { ne: row[name] } })).not.toContain(row.id)
      }
    }
  })

  it('holds the values of a kind in the form that its documentation gives', async () => {
    const file = newFile()
    const data = await connectedFile(schema, file)
    await data.things.insert({
      id: 'a',
      name: 'a',
      count: 1,
      bigint: 2n ** 63n - 1n,
      decimal: '-1.50',
      boolean: true,
      timestamp: new Date(-5),
      date: '2026-01-31',
      bytes: Uint8Array.of(1, 255),
      json: { b: 1, a: [null] },
      texts: ['x'],
      times: [new Date(0)],
    })
    await data.close()
    const stored = inFile(file, (db) =>
      db
        .prepare(
          `select cast(bigint as text), decimal, boolean, timestamp, date, hex(bytes), json, texts, times
           from things`,
        )
        .raw()
        .get(),
    )
    expect(stored).toEqual([
      '9223372036854775807',
      -150,
      1,
      -5,
      '2026-01-31',
      '01FF',
      '{"b":1,"a":[null]}',
      '["x"]',
      '["1970-01-01T00:00:00.000Z"]',
    ])
  })
})
