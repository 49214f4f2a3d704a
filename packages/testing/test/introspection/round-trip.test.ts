import { runInThisContext } from 'node:vm'
import { createDataService, introspect, type Adapter, type Introspection } from '@wherry/core'
import {
  collection,
  defineSchema,
  encodeRow,
  t,
  type AnySchema,
  type Json,
  type SchemaDefinition,
} from '@wherry/core/schema'
import { format } from 'prettier'
import { afterAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/fuzz/index.ts'
import { Coverage } from '../../src/fuzz/generate/coverage.ts'
import { Scene } from '../../src/fuzz/generate/scene.ts'
import { drawSchema } from '../../src/fuzz/generate/schema.ts'
import { drawSwarm } from '../../src/fuzz/generate/swarm.ts'
import { universe } from '../../src/fuzz/generate/universe.ts'
import { drawWrite } from '../../src/fuzz/generate/writes.ts'
import { Random } from '../../src/fuzz/lib/random.ts'
import { buildSchema } from '../../src/fuzz/schema-spec.ts'
import type { LooseScope } from '../../src/fuzz/subject.ts'

const schemas = 25
const attempts = 6
const coverage = new Coverage(universe())

/** Rows in the names of the database, by table. */
type Rows = Readonly<Record<string, readonly string[]>>

describe.each(Object.values(engines))('introspect, on $name', (engine) => {
  afterAll(() => engine.close?.())

  it('finds a schema in tables of its own making, which fits and reads the same rows', async (test) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) test.skip(reason)
    for (let seed = 1; seed <= schemas; seed++) {
      // An odd variant is one that lasts until it is disposed of.
      const { adapter, dispose } = await engine.open(seed * 2 + 1)
      try {
        const drawn = await fill(adapter, seed)
        const found = await introspect(adapter)
        expect(found.skipped).toEqual([])
        const { definition } = found.schema
        expect(await readAll(adapter, found.schema, definition)).toEqual(drawn.rows)
        expect(managedColumns(definition)).toEqual(managedColumns(drawn.definition))
        await checkSource(found)
      } finally {
        await dispose()
      }
    }
  }, 120_000)
})

/** Makes the tables of a random schema, with rows in them. */
async function fill(adapter: Adapter, seed: number) {
  const random = new Random(seed)
  const swarm = drawSwarm(random)
  const { schema, definition } = buildSchema(drawSchema(random, coverage, swarm))
  const scene = new Scene(random, coverage, swarm, definition)
  const rows = await inService(adapter, schema, 'create', async (data) => {
    const inserted: Record<string, Record<string, unknown>[]> = {}
    for (const each of definition.collections.values()) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const { args } = drawWrite(scene, each, 'insert')
        // Rows that the schema refuses are none.
        await Promise.resolve(data.collection(each.name).insert!(...args)).catch(() => undefined)
        inserted[each.name] = (await data.collection(each.name).find!()) as never
        scene.note(inserted)
      }
    }
    return rowsOf(data, definition)
  })
  return { rows, definition }
}

function readAll(adapter: Adapter, schema: AnySchema, definition: SchemaDefinition): Promise<Rows> {
  return inService(adapter, schema, 'verify', (data) => rowsOf(data, definition))
}

async function inService<T>(
  adapter: Adapter,
  schema: AnySchema,
  ensure: 'create' | 'verify',
  work: (data: LooseScope) => Promise<T>,
): Promise<T> {
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect({ ensure })
  try {
    return await work(data as unknown as LooseScope)
  } finally {
    await data.close()
  }
}

async function rowsOf(data: LooseScope, { collections }: SchemaDefinition): Promise<Rows> {
  const tables: Record<string, string[]> = {}
  for (const each of collections.values()) {
    const rows = (await data.collection(each.name).find!()) as Record<string, unknown>[]
    const texts = rows.map((row) => {
      const json = encodeRow(each, row)
      const columns = each.fieldList.map(({ name, column }): [string, Json] => [
        column,
        json[name]!,
      ])
      return JSON.stringify(columns.sort(([a], [b]) => (a < b ? -1 : 1)))
    })
    tables[each.table] = texts.sort()
  }
  return tables
}

function managedColumns({ collections }: SchemaDefinition): string[] {
  return Array.from(collections.values())
    .flatMap(({ table, fieldList }) =>
      fieldList.flatMap(({ column, managed }) =>
        managed === undefined ? [] : [`${table}.${column} ${managed}`],
      ),
    )
    .sort()
}

/** The source is formatted, but for values that are longer than a line, and makes the schema that comes with it. */
async function checkSource({ source, schema }: Introspection): Promise<void> {
  const style = { parser: 'typescript', semi: false, singleQuote: true, printWidth: 100 }
  const formatted = await format(source, style)
  const isLong = /.{101}/.test(source)
  const unbroken = (text: string) => text.replaceAll(/\s+|,(?=\s*[)\]}])/g, '')
  expect(isLong ? unbroken(source) : source).toBe(isLong ? unbroken(formatted) : formatted)
  const body = source.replace(/^import .*/, '').replace('export const schema =', 'return')
  const make = runInThisContext(`(collection, defineSchema, t) => {${body}}`) as (
    ...builders: unknown[]
  ) => { definition: SchemaDefinition }
  expect(make(collection, defineSchema, t).definition.hash).toBe(schema.definition.hash)
}
