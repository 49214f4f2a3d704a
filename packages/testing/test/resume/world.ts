import { createClient, type Client } from '@wherry/client'
import { systemRuntime, type DataService, type RowChange } from '@wherry/core'
import { collection, defineSchema, t, type RowOf } from '@wherry/core/schema'
import { createGateway, type Gateway } from '@wherry/server'
import { expect } from 'vitest'
import { Random } from '../../src/fuzz/lib/random.ts'
import { Wire } from '../../src/wire.ts'

export const schema = defineSchema({
  topics: collection({ id: t.id(), name: t.text() }),
  notes: collection({
    id: t.id(),
    n: t.int(),
    text: t.text(),
    topicId: t.ref('topics').nullable(),
    version: t.version(),
  }),
}).relations((of) => ({ notes: { topic: of.notes.belongsTo('topics', 'topicId') } }))
export type Data = DataService<typeof schema>
type Query = NonNullable<Parameters<Data['notes']['live']>[0]>
type Note = RowOf<typeof schema, 'notes'>

const queries: readonly Query[] = [
  {},
  { where: { n: { gt: 5 } } },
  { where: { text: 'a' }, orderBy: [{ n: 'asc' }] },
  { orderBy: { n: 'desc' }, limit: 3 },
  { where: { n: { lt: 6 } }, include: { topic: true } },
]
const topics = ['x', 'y', 'z']

/** One process that serves the database. */
interface Server {
  readonly data: Data
  readonly gateway: Gateway
  readonly wire: Wire
}

/** A live query of the client, and what its listener has been told. */
interface Seen {
  readonly query: Query
  rows: Note[]
  steps: number
}

/**
 * One client and several servers of one database, to each of which anything may happen. What the
 * client tells is checked step by step: each leads from the rows before to those after, none is told
 * again, and no row becomes what it was before.
 */
export class World {
  readonly client: Client<typeof schema>
  readonly seen: readonly Seen[]
  /** How often something happened to the connection. */
  readonly troubles = { cut: 0, paused: 0, away: 0, moved: 0, restarted: 0 }
  readonly #open: () => Promise<Data>
  readonly #random: Random
  /** Of its own: how often it is asked depends on time, and what else happens should not. */
  readonly #cuts: Random
  readonly #servers: Server[] = []
  /** Which server the client connects to. */
  #at = 0
  #chanceOfCut = 0
  #ids: string[] = []

  private constructor(open: () => Promise<Data>, seed: number) {
    this.#open = open
    this.#random = new Random(seed)
    this.#cuts = new Random(seed, 1)
    this.client = createClient<typeof schema>({
      url: 'ws://world',
      reconnect: { baseMs: 1, capMs: 10 },
      socket: () => this.#servers[this.#at]!.wire.connect(),
    })
    this.seen = queries.map((query) => this.#follow(query))
  }

  /** `open` makes a service over the database, as another process would. */
  static async create(open: () => Promise<Data>, servers: number, seed: number): Promise<World> {
    const world = new World(open, seed)
    while (world.#servers.length < servers) world.#servers.push(await world.#start())
    const { data } = world.#servers[0]!
    await data.topics.insertMany(topics.map((id) => ({ id, name: '' })))
    await world.client.connect()
    return world
  }

  async run(steps: number): Promise<void> {
    this.#chanceOfCut = 0.05
    for (let step = 0; step < steps; step++) {
      await this.#write()
      await this.#trouble()
      for (let turns = this.#random.below(4); turns > 0; turns--) await nextTurn()
    }
    this.#chanceOfCut = 0
    for (const { wire } of this.#servers) wire.reachable = wire.reading = true
  }

  /** Resolves once the client shows what is in the database; one that never does runs out of time. */
  async settle(): Promise<void> {
    const { data } = this.#servers[0]!
    for (const seen of this.seen) {
      const wanted = await data.notes.find(seen.query)
      while (!isSame(sorted(seen.rows), sorted(wanted))) await nextTurn()
    }
  }

  async close(): Promise<void> {
    await this.client.close()
    for (const server of this.#servers) await stop(server)
  }

  async #start(): Promise<Server> {
    const data = await this.#open()
    const gateway = createGateway({ data, policies: 'open' })
    const tap = () => {
      const isCut = this.#cuts.chance(this.#chanceOfCut)
      if (isCut) this.troubles.cut++
      return isCut ? 'cut' : 'deliver'
    }
    return { data, gateway, wire: new Wire(gateway, tap) }
  }

  async #trouble(): Promise<void> {
    const random = this.#random
    const at = random.below(this.#servers.length)
    const { wire } = this.#servers[at]!
    const what = random.below(50)
    if (what > 40) wire.reachable = wire.reading = true
    if (what === 0) {
      this.troubles.restarted++
      await stop(this.#servers[at]!)
      this.#servers[at] = await this.#start()
    } else if (what < 4) {
      this.troubles.moved++
      this.#at = at
      for (const server of this.#servers) server.wire.cut()
    } else if (what < 8) {
      this.troubles.paused++
      wire.reading = false
    } else if (what < 12) {
      this.troubles.away++
      wire.reachable = false
      wire.cut()
    }
  }

  async #write(): Promise<void> {
    const random = this.#random
    const { notes, topics: named } = random.pick(this.#servers).data
    const note = () => ({
      n: random.below(12),
      text: random.pick(['a', 'b', '']),
      topicId: random.pick([...topics, null]),
    })
    const what = this.#ids.length < 5 ? 0 : random.below(11)
    if (what === 10) await named.update(random.pick(topics), { name: `${random.below(9)}` })
    else if (what < 4) this.#ids.push((await notes.insert(note())).id)
    else if (what < 8)
      await notes.updateMany({ where: { id: random.pick(this.#ids) }, set: note() })
    else if (what < 9) await notes.updateMany({ where: { n: random.below(12) }, set: note() })
    else {
      const [id] = this.#ids.splice(random.below(this.#ids.length), 1)
      await notes.deleteMany({ where: { id: id! } })
    }
  }

  #follow(query: Query): Seen {
    const seen: Seen = { query, rows: [], steps: 0 }
    const versions = new Map<string, number>()
    const gone = new Set<string>()
    let isFirst = true
    this.client.notes.live(query).subscribe(({ rows, changes }) => {
      if (isFirst) seen.rows = [...rows]
      isFirst = false
      for (const change of changes) {
        seen.steps++
        apply(seen.rows, change)
        const { id, version } = change.row
        if (change.type === 'remove') gone.add(id)
        else expect(version).toBeGreaterThanOrEqual(versions.get(id) ?? 0)
        versions.set(id, version)
        // Of all rows, one that is gone has been deleted.
        if (query === queries[0] && change.type !== 'remove') expect(gone).not.toContain(id)
      }
      expect(seen.rows).toEqual(rows)
    })
    return seen
  }
}

/** Takes a step, which has to lead on from these rows. */
function apply(rows: Note[], step: RowChange<Note>): void {
  if (step.type === 'insert') {
    expect(rows.map(({ id }) => id)).not.toContain(step.row.id)
    rows.splice(step.index, 0, step.row)
  } else if (step.type === 'remove') {
    expect(rows.splice(step.index, 1)).toEqual([step.row])
  } else {
    expect(step.row).not.toEqual(step.old)
    expect(rows.splice(step.from, 1)).toEqual([step.old])
    rows.splice(step.to, 0, step.row)
  }
}

async function stop({ data, gateway }: Server): Promise<void> {
  await gateway.stop({ graceMs: 0 })
  await data.close()
}

/** Where a query leaves the order open, any will do. */
function sorted(rows: readonly Note[]): Note[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function isSame(a: readonly Note[], b: readonly Note[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => systemRuntime.setImmediate(resolve))
}
