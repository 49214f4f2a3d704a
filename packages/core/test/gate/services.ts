import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import { Gate } from '../../src/gate/gate.ts'
import type { DataService } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { connected } from '../support/service.ts'

export const schema = defineSchema({
  notes: collection({
    id: t.id(),
    title: t.text({ maxLength: 20 }),
    rank: t.int().default(0),
    total: t.bigint().nullable(),
    price: t.decimal(5, 2).nullable(),
    at: t.timestamp().nullable(),
    photo: t.bytes().nullable(),
    tags: t.array(t.text()).nullable(),
    data: t.json().nullable(),
    version: t.version(),
  }).unique('title'),
  /** With a key of two fields, one of a kind that JSON has not. */
  pairs: collection({ a: t.bigint(), b: t.text({ maxLength: 9 }), n: t.int() }).key('a', 'b'),
})

export const engines: Readonly<Record<string, () => Adapter>> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: ':memory:' }),
}

export interface Served {
  readonly data: DataService<typeof schema>
  readonly gate: Gate
}

/** A service, and the gate to it. */
export async function serve(adapter: Adapter): Promise<Served> {
  const data = await connected(schema, adapter)
  return { data, gate: new Gate(data) }
}
