import { WherryError, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import type { CollectionDefinition } from '@wherry/core/schema'

/** What it has not. */
export const missing = { transactions: false, serializable: false, foreignKeys: false }

/** Memory as an adapter that can do as little as an adapter may. */
export function limitedMemory(options: { readonly lockTimeoutMs?: number } = {}): Adapter {
  const base = memory(options)
  return {
    name: base.name,
    capabilities: { ...base.capabilities, ...missing },
    log: base.log,
    connect({ schema, ...context }) {
      const collections = new Map(
        Array.from(schema.collections, ([name, each]) => [name, withoutReferences(each)]),
      )
      return base.connect({ ...context, schema: { ...schema, collections } })
    },
    close: () => base.close(),
    ping: () => base.ping(),
    ensure: (mode) => base.ensure(mode),
    introspect: () => base.introspect(),
    doctor: () => base.doctor(),
    stats: () => base.stats(),
    find: (plan) => base.find(plan),
    aggregate: (plan) => base.aggregate(plan),
    write: (plans) =>
      base.write(
        plans.map((plan) => ({ ...plan, collection: withoutReferences(plan.collection) })),
      ),
    transaction: () =>
      Promise.reject(new WherryError('Unsupported', 'There are no transactions here')),
  }
}

function withoutReferences(collection: CollectionDefinition): CollectionDefinition {
  const fieldList = collection.fieldList.map((field) => {
    const { ref: _, ...own } = field
    return own
  })
  return { ...collection, fieldList }
}
