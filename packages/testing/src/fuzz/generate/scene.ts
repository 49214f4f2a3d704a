import type { CollectionDefinition, FieldDefinition, SchemaDefinition } from '@wherry/core/schema'
import type { Random } from '../lib/random.ts'
import type { Row, RowsByCollection } from '../outcome.ts'
import type { Coverage } from './coverage.ts'
import type { Swarm } from './swarm.ts'
import { drawField, drawValue } from './values.ts'

/** What the generators of one database share. */
export class Scene {
  readonly random: Random
  readonly coverage: Coverage
  readonly swarm: Swarm
  readonly definition: SchemaDefinition
  /** The few values that each field draws most of its values from. */
  readonly #pools = new Map<FieldDefinition, readonly unknown[]>()
  #rows: RowsByCollection = {}

  constructor(random: Random, coverage: Coverage, swarm: Swarm, definition: SchemaDefinition) {
    this.random = random
    this.coverage = coverage
    this.swarm = swarm
    this.definition = definition
  }

  /** Takes note of the rows that there are now. */
  note(rows: RowsByCollection): void {
    this.#rows = rows
  }

  rowsOf(collection: CollectionDefinition): readonly Row[] {
    return this.#rows[collection.name] ?? []
  }

  anyCollection(): CollectionDefinition {
    return this.random.pick(Array.from(this.definition.collections.values()))
  }

  poolOf(field: FieldDefinition): readonly unknown[] {
    let pool: readonly unknown[] | undefined = this.#pools.get(field)
    if (pool === undefined) {
      const { random, swarm } = this
      const isKey = Array.from(this.definition.collections.values()).some(({ key }) =>
        key.includes(field),
      )
      // Keys collide often enough; with few of them there would never be many rows.
      const size = isKey ? Math.max(swarm.poolSize, 2 * swarm.size) : swarm.poolSize
      pool = Array.from({ length: size }, () => drawValue(random, swarm, field))
      // Beside null the text of it: whoever makes texts of values takes them for one.
      const isText = field.kind === 'text' && (field.maxLength ?? 4) >= 4
      if (isText && field.nullable && random.chance(0.5)) pool = ['null', ...pool]
      this.#pools.set(field, pool)
    }
    return pool
  }

  /** A value to store; references mostly name a row that is there. */
  fieldValue(field: FieldDefinition): unknown {
    const { random, swarm } = this
    if (field.ref === undefined || (field.nullable && random.chance(swarm.nullRate))) {
      const led = this.#ledTo(field)
      return led === undefined ? drawField(random, swarm, field, this.poolOf(field)) : led
    }
    const target = this.definition.collections.get(field.ref)!
    const rows = this.rowsOf(target)
    const exists = rows.length > 0 && random.chance(0.9)
    if (!exists && field.nullable) return null
    return exists ? random.pick(rows)[target.key[0]!.name] : random.pick(this.poolOf(field))
  }

  /** The key of a row that a relation leads to by this field; mostly undefined. */
  #ledTo(field: FieldDefinition): unknown {
    const { random } = this
    if (field.kind === 'enum' || random.chance(0.6)) return undefined
    for (const { fields, key, relations } of this.definition.collections.values()) {
      if (fields.get(field.name) !== field || key.includes(field)) continue
      const targets = Array.from(relations.values()).filter(
        (relation) => relation.kind === 'belongsTo' && relation.field === field,
      )
      if (targets.length === 0) return undefined
      const { to } = random.pick(targets)
      const rows = this.rowsOf(to)
      const value = rows.length === 0 ? undefined : random.pick(rows)[to.key[0]!.name]
      // A key may be longer, or have more digits, than the field may hold.
      const fits = typeof value !== 'string' || Array.from(value).length <= (field.maxLength ?? 3)
      return fits ? value : undefined
    }
    return undefined
  }

  /** A value to compare with, never null: mostly one that is stored or may be. */
  operand(collection: CollectionDefinition, field: FieldDefinition): unknown {
    const { random, swarm } = this
    const rows = this.rowsOf(collection)
    const stored = rows.length > 0 && random.chance(0.5) ? random.pick(rows)[field.name] : null
    if (stored !== null && stored !== undefined) return stored
    return random.chance(0.8) ? random.pick(this.poolOf(field)) : drawValue(random, swarm, field)
  }

  /** A key as the methods take it: mostly one that is there. */
  key(collection: CollectionDefinition): unknown {
    const { random } = this
    const rows = this.rowsOf(collection)
    const row =
      rows.length > 0 && random.chance(0.85)
        ? random.pick(rows)
        : Object.fromEntries(
            collection.key.map((field) => [field.name, random.pick(this.poolOf(field))]),
          )
    return keyOf(collection, row)
  }
}

export function keyOf({ key }: CollectionDefinition, row: Row): unknown {
  if (key.length === 1) return row[key[0]!.name]
  return Object.fromEntries(key.map(({ name }) => [name, row[name]]))
}
