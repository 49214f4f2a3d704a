import type { Adapter } from '../../contract/adapter.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { systemRuntime } from '../../lib/runtime.ts'
import type { Collections, Schema } from '../../schema/builder-types.ts'
import { collection } from '../../schema/collection.ts'
import { defineSchema } from '../../schema/define-schema.ts'
import { draftSchema, type Draft } from './draft.ts'
import { sourceOf } from './source.ts'
import { findUsable, type Skipped } from './usable.ts'

export interface Introspection {
  /** Fits the database: `connect({ ensure: 'verify' })` passes. */
  readonly schema: Schema
  /** The same as the text of a `schema.ts`, to be kept and improved by hand. */
  readonly source: string
  /** What the schema leaves out, and why. */
  readonly skipped: readonly Skipped[]
}

/**
 * Makes a schema of the tables that a database has. The adapter is one that no service uses; it is
 * connected and closed again. Nothing is changed. Rejects with SchemaMismatch where there is no
 * table that a schema can describe, its `details.problems` with what there is.
 */
export async function introspect(adapter: Adapter): Promise<Introspection> {
  const { tables, skipped } = findUsable(await readTables(adapter))
  if (tables.length === 0) throw nothingUsable(skipped)
  const draft = draftSchema(tables)
  return { schema: schemaOf(draft), source: sourceOf(draft), skipped }
}

async function readTables(adapter: Adapter) {
  const schema = { collections: new Map(), relations: new Map(), hash: '' }
  await adapter.connect({ schema, runtime: systemRuntime, mayCreate: false })
  try {
    return await adapter.introspect()
  } finally {
    await adapter.close()
  }
}

/** What the types say of it is known only to who reads its source. */
function schemaOf({ naming, collections }: Draft): Schema {
  const built = collections.map(({ name, fields, calls }) => {
    const made = Array.from(fields, ([field, chain]) => [field, chain.make()] as const)
    return [name, calls.make(collection(Object.fromEntries(made) as never))] as const
  })
  const schema = defineSchema<Collections>(Object.fromEntries(built) as never, { naming })
  return schema.relations((of) =>
    Object.fromEntries(
      collections.map(({ name, relations }) => [
        name,
        Object.fromEntries(
          Array.from(relations, ([relation, chain]) => [relation, chain.make(of[name]) as never]),
        ),
      ]),
    ),
  )
}

function nothingUsable(skipped: readonly Skipped[]): WherryError {
  const problems = skipped.map(({ table, reason }) => `'${table}': ${reason}`)
  return new WherryError(
    'SchemaMismatch',
    `The database has no table that a schema can describe (${problems.join('; ') || 'it has none'}); ` +
      `write a schema, and connect with { ensure: 'create' } to make its tables`,
    { problems },
  )
}
