import type { CollectionDefinition, FieldDefinition, RelationDefinition } from './definition.ts'
import { got } from '../lib/got.ts'
import { checkMemberName, invalidSchema } from './naming.ts'

type Collections = ReadonlyMap<string, CollectionDefinition>
type Relations = ReadonlyMap<string, ReadonlyMap<string, RelationDefinition>>

/** `schema.relations(of => …)`, without what the types know of it. */
export type RelationsBuilder = (of: { readonly [collection: string]: RelationMaker }) => unknown

interface ThroughOptions {
  readonly through: string
  readonly field: string
  readonly toField: string
}

const unnamed: unique symbol = Symbol.for('wherry.relation')
type Unnamed = Omit<RelationDefinition, 'name'>

/** What `of.users` is: it declares relations whose rows are found from a row of `users`. */
class RelationMaker {
  readonly #collections: Collections
  readonly #from: CollectionDefinition

  constructor(collections: Collections, from: CollectionDefinition) {
    this.#collections = collections
    this.#from = from
  }

  belongsTo(to: string, field: string): unknown {
    this.#checkHolds(this.#from, field, this.#target(to))
    return this.#relation({ kind: 'belongsTo', from: this.#from.name, to, field })
  }

  hasMany(to: string, field: string): unknown {
    this.#checkHolds(this.#target(to), field, this.#from)
    return this.#relation({ kind: 'hasMany', from: this.#from.name, to, field })
  }

  hasManyThrough(to: string, { through, field, toField }: ThroughOptions): unknown {
    const join = this.#target(through)
    this.#checkHolds(join, field, this.#from)
    this.#checkHolds(join, toField, this.#target(to))
    return this.#relation({
      kind: 'hasManyThrough',
      from: this.#from.name,
      to,
      field,
      through: Object.freeze({ collection: through, toField }),
    })
  }

  #relation(relation: Unnamed): unknown {
    return Object.freeze({ [unnamed]: relation })
  }

  #target(name: string): CollectionDefinition {
    const target = this.#collections.get(name)
    if (target !== undefined) return target
    throw invalidSchema(
      `A relation of '${this.#from.name}' leads to ${JSON.stringify(name)}, which is no ` +
        `collection; there are ${Array.from(this.#collections.keys()).join(', ')}`,
      this.#from.name,
    )
  }

  /** A relation is followed by equality, so both its ends must be one value of one kind. */
  #checkHolds(holder: CollectionDefinition, name: string, target: CollectionDefinition): void {
    const place = `A relation of '${this.#from.name}'`
    const field = holder.fields.get(name)
    if (field === undefined) {
      throw invalidSchema(
        `${place} uses '${name}', which is no field of '${holder.name}'; ` +
          `it has ${Array.from(holder.fields.keys()).join(', ')}`,
        this.#from.name,
        [name],
      )
    }
    const [key, ...others] = target.key
    if (others.length > 0) {
      throw invalidSchema(
        `${place} cannot use '${target.name}', whose key has several fields; relations need a key ` +
          'of one field',
        this.#from.name,
      )
    }
    if (field.ref === undefined ? !sameType(field, key!) : field.ref !== target.name) {
      throw invalidSchema(
        `${place} uses '${name}' of '${holder.name}', which does not hold the key of ` +
          `'${target.name}'; declare it as t.ref('${target.name}'), or name another field`,
        this.#from.name,
        [name],
      )
    }
  }
}

function sameType(a: FieldDefinition, b: FieldDefinition): boolean {
  return a.kind === b.kind && a.scale === b.scale
}

/** Runs the host's function and checks what it declared. */
export function resolveRelations(collections: Collections, build: RelationsBuilder): Relations {
  if (typeof build !== 'function') {
    throw invalidSchema(`.relations() takes a function such as (of) => ({ … }), ${got(build)}`)
  }
  const of: { [collection: string]: RelationMaker } = {}
  for (const [name, collection] of collections)
    of[name] = new RelationMaker(collections, collection)
  const declared = build(Object.freeze(of))
  const relations = new Map<string, ReadonlyMap<string, RelationDefinition>>()
  for (const [name, entries] of entriesOf('.relations()', declared)) {
    const from = collections.get(name)
    if (from === undefined) {
      throw invalidSchema(
        `.relations() names '${name}', which is no collection; there are ` +
          Array.from(collections.keys()).join(', '),
      )
    }
    relations.set(name, nameRelations(from, entries))
  }
  return relations
}

function nameRelations(from: CollectionDefinition, entries: unknown) {
  const named = new Map<string, RelationDefinition>()
  for (const [name, value] of entriesOf(`.relations() of '${from.name}'`, entries)) {
    checkMemberName('relation', from.name, name)
    if (from.fields.has(name)) {
      throw invalidSchema(
        `'${from.name}' has both a field and a relation named '${name}'; rename the relation`,
        from.name,
        [name],
      )
    }
    const relation = (value as { readonly [unnamed]?: Unnamed } | null)?.[unnamed]
    if (relation === undefined || relation.from !== from.name) {
      throw invalidSchema(
        `'${name}' of '${from.name}' is no relation of it; make one with of.${from.name}.hasMany(…)`,
        from.name,
      )
    }
    named.set(name, Object.freeze({ name, ...relation }))
  }
  return named
}

function entriesOf(place: string, value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  throw invalidSchema(`${place} needs an object of relations, ${got(value)}`)
}
