import type { Collection, FieldMap } from './builder-types.ts'
import { got } from '../lib/got.ts'
import { checkTableName, invalidSchema } from './naming.ts'
import { collectionSpec, fieldSpecOf, type CollectionSpec, type FieldSpec } from './spec.ts'

/** Every method makes a new builder. Names are checked when `defineSchema` knows the collection's. */
class CollectionBuilder {
  // Declared only: a computed key would keep the class in bundles that do not use it.
  declare readonly [collectionSpec]: CollectionSpec

  constructor(spec: CollectionSpec) {
    this[collectionSpec] = Object.freeze(spec)
    Object.freeze(this)
  }

  key(...names: string[]): CollectionBuilder {
    return new CollectionBuilder({ ...this[collectionSpec], key: Object.freeze(names) })
  }

  index(...names: string[]): CollectionBuilder {
    return this.#withIndex(names, false)
  }

  unique(...names: string[]): CollectionBuilder {
    return this.#withIndex(names, true)
  }

  table(name: string): CollectionBuilder {
    checkTableName('A table', name)
    return new CollectionBuilder({ ...this[collectionSpec], table: name })
  }

  #withIndex(names: string[], unique: boolean): CollectionBuilder {
    const spec = this[collectionSpec]
    const index = Object.freeze({ names: Object.freeze(names), unique })
    return new CollectionBuilder({ ...spec, indexes: [...spec.indexes, index] })
  }
}

/**
 * Declares a collection by its fields. The one `t.id()` field is the key unless `.key()` names
 * others. Throws InvalidSchema when a field is not one; `defineSchema` checks the rest.
 */
export function collection<F extends FieldMap>(fields: F): Collection<F> {
  const specs = new Map<string, FieldSpec>()
  if (typeof fields !== 'object' || fields === null) {
    throw invalidSchema(
      `collection() takes an object of fields such as { id: t.id() }, ${got(fields)}`,
    )
  }
  for (const [name, field] of Object.entries(fields)) {
    const spec = fieldSpecOf(field)
    if (spec === undefined) {
      throw invalidSchema(`'${name}' is no field, ${got(field)}; make one with t, such as t.text()`)
    }
    specs.set(name, spec)
  }
  if (specs.size === 0) throw invalidSchema('A collection needs fields; begin with { id: t.id() }')
  const builder = new CollectionBuilder({ fields: specs, indexes: [] })
  return builder as unknown as Collection<F> // The types say more; see builder-types.ts.
}
