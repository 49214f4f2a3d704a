import type { Json } from '@wherry/core/schema'
import type { Random } from '../lib/random.ts'
import { pools } from './schema.ts'

type Fields = { [name: string]: Json }

const comparisons = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const
const textual = ['contains', 'startsWith', 'endsWith'] as const
const lists = ['in', 'notIn', 'hasAny', 'hasAll'] as const
const reads = ['find', 'findOne', 'get', 'page', 'count', 'aggregate'] as const
const writes = [
  'insert',
  'insertMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'deleteMany',
] as const

/** Draws messages that a good client might send; most fit the schema. */
export class MessageMaker {
  /** Positions that the server has named; there are always some that it has not. */
  readonly offsets: string[] = ['', 'x:1', '0000000000000000:0']
  readonly #random: Random
  #lastId = 0
  #lastMutation = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): Fields {
    const random = this.#random
    const collection = random.pick(['samples', 'samples', 'samples', 'pairs'])
    const id = random.chance(0.9) ? ++this.#lastId : Math.max(0, this.#lastId - random.below(4))
    switch (
      random.weighted([
        [40, 'request'],
        [25, 'mutate'],
        [15, 'subscribe'],
        [8, 'unsubscribe'],
        [4, 'ping'],
        [0.2, 'hello'],
      ])
    ) {
      case 'request': {
        const method = random.pick(reads)
        return { type: 'request', id, collection, method, args: this.#readArgs(collection, method) }
      }
      case 'mutate': {
        const method = random.pick(writes)
        const args = this.#writeArgs(collection, method)
        return { type: 'mutate', id, mutationId: this.#mutationId(), collection, method, args }
      }
      case 'subscribe': {
        const after: Fields = random.chance(0.3) ? { after: random.pick(this.offsets) } : {}
        const limit: Fields = random.chance(0.3) ? { limit: random.below(5) } : {}
        const query = { where: this.#where(collection, 2), ...limit }
        return { type: 'subscribe', id, collection, query, ...after }
      }
      case 'unsubscribe':
        return { type: 'unsubscribe', id: Math.max(0, id - random.below(10)) }
      case 'ping':
        return { type: 'ping' }
      default:
        return hello
    }
  }

  #mutationId(): string {
    const isNew = this.#random.chance(0.9)
    return `m${isNew ? ++this.#lastMutation : this.#random.below(this.#lastMutation + 1)}`
  }

  #readArgs(collection: string, method: (typeof reads)[number]): Json[] {
    const random = this.#random
    const where = this.#where(collection, 3)
    if (method === 'get') return [this.#key(collection)]
    if (method === 'count') return random.chance(0.2) ? [] : [{ where }]
    if (method === 'aggregate') {
      const field = this.#field(collection)
      const measures = { n: 'count', m: { [random.pick(['sum', 'avg', 'min', 'max'])]: field } }
      const groups: Fields = random.chance(0.5) ? { groupBy: [this.#field(collection)] } : {}
      const having: Fields = random.chance(0.3) ? { having: { n: { gt: 0 } } } : {}
      return [{ where, measures, ...groups, ...having }]
    }
    const query: Fields = { where }
    if (random.chance(0.4))
      query.orderBy = { [this.#field(collection)]: random.pick(['asc', 'desc']) }
    if (random.chance(0.5)) query.limit = random.below(10)
    if (random.chance(0.2)) query.select = [this.#field(collection)]
    if (random.chance(0.1)) query.offset = random.below(5)
    if (random.chance(0.1)) query.after = random.pick(['', 'AAAA', 'eyJ9', 'W10'])
    return [query]
  }

  #writeArgs(collection: string, method: (typeof writes)[number]): Json[] {
    const random = this.#random
    const where = this.#where(collection, 2)
    const options: Json[] = random.chance(0.3) ? [{ ifVersion: random.between(1, 3) }] : []
    switch (method) {
      case 'insert':
        return [this.#row(collection)]
      case 'insertMany':
        return [Array.from({ length: random.below(4) }, () => this.#row(collection))]
      case 'update':
        return [this.#key(collection), this.#patch(collection), ...options]
      case 'updateMany':
        return [{ where, set: this.#patch(collection) }]
      case 'upsert': {
        const on = collection === 'samples' ? ['id'] : random.pick([['left', 'right'], ['value']])
        return [{ on, insert: this.#row(collection), update: this.#patch(collection) }]
      }
      case 'delete':
        return [this.#key(collection), ...options]
      case 'deleteMany':
        return [{ where }]
    }
  }

  #key(collection: string): Json {
    if (collection === 'samples') return this.#value(collection, 'id')
    return { left: this.#value(collection, 'left'), right: this.#value(collection, 'right') }
  }

  #row(collection: string): Fields {
    const { version: _, ...fields } = pools[collection]!
    const names = Object.keys(fields)
    const chosen = collection === 'pairs' ? names : ['id', ...this.#random.some(names, 0.4)]
    return Object.fromEntries(chosen.map((name) => [name, this.#value(collection, name)]))
  }

  #patch(collection: string): Fields {
    const changeable = Object.keys(pools[collection]!).filter(
      (name) => !['id', 'left', 'right', 'version'].includes(name),
    )
    const names = this.#random.sample(changeable, this.#random.between(1, 3))
    return Object.fromEntries(
      names.map((name) => {
        const value = this.#value(collection, name)
        return [name, this.#random.chance(0.2) ? { increment: value } : value]
      }),
    )
  }

  #where(collection: string, depth: number): Fields {
    const random = this.#random
    if (depth > 0 && random.chance(0.3)) {
      const terms = Array.from({ length: random.below(4) }, () =>
        this.#where(collection, depth - 1),
      )
      return random.pick<Fields>([{ AND: terms }, { OR: terms }, { NOT: terms[0] ?? {} }])
    }
    if (random.chance(0.2)) return {}
    const name = this.#field(collection)
    const value = this.#value(collection, name)
    return random.pick<() => Fields>([
      () => ({ [name]: value }),
      () => ({ [name]: { [random.pick(comparisons)]: value } }),
      () => ({ [name]: { [random.pick(textual)]: value } }),
      () => ({ [name]: { [random.pick(lists)]: [value, this.#value(collection, name)] } }),
      () => ({ [name]: { isNull: random.chance(0.5) } }),
      () => ({ array: { has: random.pick(['a', '', value]) } }),
      () => ({ json: { path: ['a', 0, 'b'].slice(random.below(3)), eq: value } }),
    ])()
  }

  #field(collection: string): string {
    return this.#random.pick(Object.keys(pools[collection]!))
  }

  #value(collection: string, name: string): Json {
    return this.#random.chance(0.05) ? null : this.#random.pick(pools[collection]![name]!)
  }
}

export const hello: Fields = { type: 'hello', version: 1 }
