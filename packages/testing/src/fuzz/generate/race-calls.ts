import type { CollectionDefinition } from '@wherry/core/schema'
import type { Random } from '../lib/random.ts'
import type { Call, Revision } from '../operation.ts'
import { amount, total } from '../race/run-client.ts'
import { shades } from './race-schema.ts'

/** Few, so that the clients meet. */
const names = ['a', 'b', 'c']
const slots = [1, 2, 3, null, null, null]

/** What one client may do. */
export interface Permit {
  /** Also what keeps no account of totals and versions: see `lostUpdate`. */
  readonly anything: boolean
  readonly guards: readonly Revision['guard'][]
}

type Draw = (draw: RaceCalls, permit: Permit) => Call | Revision

const accounted: readonly (readonly [weight: number, Draw])[] = [
  [5, (draw, { guards }) => draw.revision('update', guards)],
  [0.7, (draw, { guards }) => draw.revision('delete', guards)],
  [3, (draw) => draw.call('update', [draw.key, draw.addition()])],
  [1, (draw) => draw.call('update', [draw.key, draw.change()])],
  [1, (draw) => draw.call('updateMany', [{ where: draw.where(), set: draw.addition() }])],
  [1.5, (draw) => draw.call('insert', [draw.row()])],
  [1.5, (draw) => draw.upsert()],
  [1.5, (draw) => draw.call('get', [draw.key])],
  [
    1,
    (draw, { guards }) =>
      draw.call('get', [draw.key, ...(guards.includes('forUpdate') ? [{ forUpdate: true }] : [])]),
  ],
  [1.5, (draw) => draw.call('find', [{ where: draw.where() }])],
  [0.5, (draw) => draw.call('count', [{ where: draw.where() }])],
  [1, (draw) => draw.call('aggregate', [{ where: draw.where(), measures }])],
]

const measures = { sum: { sum: total }, rows: 'count' }

const anything: typeof accounted = [
  ...accounted,
  [1.5, (draw) => draw.call('update', [draw.key, { [total]: draw.amount() }])],
  [0.3, (draw) => draw.call('delete', [draw.key])],
  [0.2, (draw) => draw.call('deleteMany', [{ where: draw.where() }])],
]

export function drawRaceCall(
  random: Random,
  collections: readonly CollectionDefinition[],
  permit: Permit,
): Call | Revision {
  const calls = new RaceCalls(random, random.pick(collections), random.pick(names))
  return random.weighted(permit.anything ? anything : accounted)(calls, permit)
}

/** The rows that a collection begins with. */
export function drawFirstRows(random: Random, collection: CollectionDefinition): unknown[] {
  return names.map((name) => {
    const row = new RaceCalls(random, collection, name).row()
    return 'slot' in row ? { ...row, slot: null } : row
  })
}

/** Draws the arguments of calls about one key. */
class RaceCalls {
  readonly #random: Random
  readonly #collection: CollectionDefinition
  readonly #name: string

  constructor(random: Random, collection: CollectionDefinition, name: string) {
    this.#random = random
    this.#collection = collection
    this.#name = name
  }

  /** As the methods take it. */
  get key(): unknown {
    return this.#collection.key.length === 1 ? this.#name : this.#keyFields()
  }

  call(call: Call['call'], args: readonly unknown[]): Call {
    return { call, on: this.#collection.name, args }
  }

  revision(revise: Revision['revise'], guards: Permit['guards']): Revision {
    const guard = this.#random.pick(guards)
    const add = this.#random.between(1, 9)
    return { revise, on: this.#collection.name, key: this.key, guard, add }
  }

  upsert(): Call {
    const on = this.#collection.key.map(({ name }) => name)
    return this.call('upsert', [{ on, insert: this.row(), update: this.addition() }])
  }

  row(): Record<string, unknown> {
    const random = this.#random
    const given: Record<string, unknown> = { [total]: this.amount() }
    if (this.#has('slot')) given.slot = random.pick(slots)
    if (this.#has('shade')) given.shade = random.pick(shades)
    if (this.#has('item')) given.item = random.pick(names)
    return { ...this.#keyFields(), ...given }
  }

  amount(): unknown {
    return amount(this.#collection.fields.get(total)!, this.#random.between(1, 9))
  }

  addition(): Record<string, unknown> {
    return { [total]: { increment: this.amount() } }
  }

  /** Of what is no total. */
  change(): Record<string, unknown> {
    const random = this.#random
    if (!this.#has('slot')) return { item: random.pick(names) }
    return random.chance(0.6) ? { slot: random.pick(slots) } : { shade: random.pick(shades) }
  }

  where(): Record<string, unknown> {
    const random = this.#random
    const most = { [total]: { gte: this.amount() } }
    if (!this.#has('slot')) return random.pick([{}, most, { item: random.pick(names) }])
    return random.pick([{}, most, { shade: random.pick(shades) }, { slot: random.pick(slots) }])
  }

  #has(name: string): boolean {
    return this.#collection.fields.has(name)
  }

  #keyFields(): Record<string, unknown> {
    const entries = this.#collection.key.map(({ name, kind }) => [
      name,
      kind === 'int' ? names.indexOf(this.#name) : this.#name,
    ])
    return Object.fromEntries(entries) as Record<string, unknown>
  }
}
