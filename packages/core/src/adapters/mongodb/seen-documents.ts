import { isPlainObject } from '../../lib/json.ts'
import type { CatalogColumn } from '../sql/ensure.ts'
import { kindName } from '../sql/kind-name.ts'
import type { Document } from './driver.ts'
import { SeenValues } from './seen-values.ts'
import { lockColumn } from './session.ts'
import type { Declaration } from './validator.ts'

/** What can be said of a collection by its documents. */
export class SeenDocuments {
  #count = 0
  readonly #fields = new Map<string, { readonly values: SeenValues; count: number }>()
  readonly #keys = new SeenValues()
  readonly #keyParts = new Map<string, SeenValues>()
  /** The names of the parts of each key, in their order; '' of those that have none. */
  readonly #keyForms = new Set<string>()

  /** Takes a document with its values as they are stored. */
  add({ _id, ...others }: Document): void {
    this.#count++
    this.#addKey(_id)
    for (const [name, value] of Object.entries(others)) {
      if (name === lockColumn) continue
      const field = this.#fields.get(name) ?? { values: new SeenValues(), count: 0 }
      this.#fields.set(name, field)
      if (value === null || value === undefined) continue
      field.values.add(value)
      field.count++
    }
  }

  #addKey(key: unknown): void {
    this.#keys.add(key)
    const parts = isPlainObject(key) ? Object.entries(key) : []
    this.#keyForms.add(parts.map(([name]) => name).join())
    for (const [name, value] of parts) {
      const values = this.#keyParts.get(name) ?? new SeenValues()
      this.#keyParts.set(name, values)
      values.add(value)
    }
  }

  /** In the words of tables. A key is called 'id' where no other field is. */
  describe(): Declaration {
    const key = this.#describeKey()
    const others = Array.from(this.#fields, ([name, { values, count }]) => {
      const nullable = count < this.#count
      return [name, { ...describeValues(values), nullable, hasDefault: true }] as const
    })
    return { primaryKey: [...key.keys()], columns: new Map([...key, ...others]) }
  }

  #describeKey(): Map<string, CatalogColumn> {
    const isRequired = { nullable: false, hasDefault: false }
    const names = [...this.#keyParts.keys()]
    const areParts =
      names.length > 0 && this.#keyForms.size === 1 && !names.some((name) => this.#fields.has(name))
    if (areParts) {
      return new Map(
        Array.from(this.#keyParts, ([name, values]) => {
          return [name, { ...describeValues(values), ...isRequired }]
        }),
      )
    }
    const name = this.#fields.has('id') ? '_id' : 'id'
    // Nothing is in the way of the service's own.
    const described =
      this.#count === 0 ? { type: 'string', kind: 'id' } : describeValues(this.#keys)
    return new Map([[name, { ...described, ...isRequired }]])
  }
}

function describeValues({
  type,
  holds,
  remedy,
}: SeenValues): Pick<CatalogColumn, 'type' | 'kind' | 'remedy'> {
  if (holds !== undefined) return { type, kind: kindName(holds) }
  return { type, ...(remedy !== undefined && { remedy }) }
}
