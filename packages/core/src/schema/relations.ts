import type { CollectionDefinition, FieldDefinition, RelationDefinition } from './definition.ts'
import { got } from '../lib/got.ts'
import { checkMemberName, checkSchemaOptions, invalidSchema } from './naming.ts'

type Collections = ReadonlyMap<string, CollectionDefinition>

/** `schema.relations(of => …)`, without what the types know of it. */
export type RelationsBuilder = (of: { readonly [collection: string]: RelationMaker }) => unknown

interface ThroughOptions {
  readonly through: string
  readonly field: string
  readonly toField: string
}

const declared: unique symbol = Symbol.for('wherry.relation')

/** A relation of `from` that has no name yet. */
interface Declared {
  readonly from: CollectionDefinition
  readonly relation: Omit<RelationDefinition, 'name'>
}

/** What `of.users` is: it declares relations whose rows are found from a row of `users`. */
class RelationMaker {
  readonly #collections: Collections
  readonly #from: CollectionDefinition

  constructor(collections: Collections, from: CollectionDefinition) {
    this.#collections = collections
    this.#from = from
  }

  belongsTo(to: string, field: string): unknown {
    const target = this.#target(to)
    return this.#declare({
      kind: 'belongsTo',
      to: target,
      field: this.#holder(this.#from, field, target),
    })
  }

  hasMany(to: string, field: string): unknown {
    const target = this.#target(to)
    return this.#declare({
      kind: 'hasMany',
      to: target,
      field: this.#holder(target, field, this.#from),
    })
  }

  hasManyThrough(to: string, options: ThroughOptions): unknown {
    checkSchemaOptions('hasManyThrough()', options, ['through', 'field', 'toField'])
    const { through, field, toField } = options
    const collection = this.#target(through)
    const target = this.#target(to)
    return this.#declare({
      kind: 'hasManyThrough',
      to: target,
      field: this.#holder(collection, field, this.#from),
      through: Object.freeze({ collection, toField: this.#holder(collection, toField, target) }),
    })
  }

  #declare(relation: Declared['relation']): unknown {
    return Object.freeze({ [declared]: { from: this.#from, relation } })
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

  /**
   * The field that holds the key of the target. A relation is followed by equality, so both its
   * ends must be one value of one kind.
   */
  #holder(
    holder: CollectionDefinition,
    name: string,
    target: CollectionDefinition,
  ): FieldDefinition {
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
    return field
  }
}

function sameType(a: FieldDefinition, b: FieldDefinition): boolean {
  return a.kind === b.kind && a.scale === b.scale
}

/**
 * Runs the host's function, checks what it declared, and makes of the collections such that know
 * their relations; those it was given stay as they are.
 */
export function relate(given: Collections, build: RelationsBuilder): Collections {
  if (typeof build !== 'function') {
    throw invalidSchema(`.relations() takes a function such as (of) => ({ … }), ${got(build)}`)
  }
  const collections = new Map<string, CollectionDefinition>()
  // Filled once all collections are there, because relations lead from each to any other.
  const relations = new Map<string, Map<string, RelationDefinition>>()
  const of: { [collection: string]: RelationMaker } = {}
  for (const [name, collection] of given) {
    const own = new Map<string, RelationDefinition>()
    const related = Object.freeze({ ...collection, relations: own })
    relations.set(name, own)
    collections.set(name, related)
    of[name] = new RelationMaker(collections, related)
  }
  for (const [name, entries] of entriesOf('.relations()', build(knowing(of)))) {
    const from = collections.get(name)
    if (from === undefined) {
      throw invalidSchema(
        `.relations() names '${name}', which is no collection; there are ` +
          Array.from(collections.keys()).join(', '),
      )
    }
    addRelations(from, entries, relations.get(name)!)
  }
  return collections
}

/** Names a misspelt collection, of which JavaScript would only say that it is undefined. */
function knowing<T extends object>(of: T): T {
  return new Proxy(Object.freeze(of), {
    get(target, name, receiver): unknown {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name, receiver)
      throw invalidSchema(
        `.relations() asks for of.${name}, which is no collection; there are ` +
          Object.keys(target).join(', '),
      )
    },
  })
}

function addRelations(
  from: CollectionDefinition,
  entries: unknown,
  relations: Map<string, RelationDefinition>,
): void {
  for (const [name, value] of entriesOf(`.relations() of '${from.name}'`, entries)) {
    checkMemberName('relation', from.name, name)
    if (from.fields.has(name)) {
      throw invalidSchema(
        `'${from.name}' has both a field and a relation named '${name}'; rename the relation`,
        from.name,
        [name],
      )
    }
    const made = (value as { readonly [declared]?: Declared } | null)?.[declared]
    if (made === undefined || made.from !== from) {
      throw invalidSchema(
        `'${name}' of '${from.name}' is no relation of it; make one with of.${from.name}.hasMany(…)`,
        from.name,
      )
    }
    relations.set(name, Object.freeze({ name, ...made.relation }))
  }
}

function entriesOf(place: string, value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  throw invalidSchema(`${place} needs an object of relations, ${got(value)}`)
}
