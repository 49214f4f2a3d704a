import { systemRuntime, type Adapter } from '@wherry/core'
import { kysely } from '@wherry/core/sql'
import { Random } from '../../fuzz/lib/random.ts'
import { Rounds } from './bell.ts'
import { planted, type PlantedReader } from './planted.ts'
import { startProxy, type Proxy } from './proxy.ts'
import { pause, Reader } from './reader.ts'
import { createService, shared, type Data, type Tables } from './schema.ts'
import { Site } from './site.ts'
import { nameOf, type Faults } from './tracker.ts'
import { write } from './writer.ts'

export interface LogOptions {
  /** The adapter's name. */
  readonly engine: 'postgres' | 'mysql' | 'sqlite'
  /** Of an empty database; for SQLite the file. */
  readonly url: string
  readonly createAdapter: (url: string) => Adapter
  /** Goes on until so many changes are known to be committed. */
  readonly changes: number
  /** Default 16. */
  readonly writers?: number
  readonly seed?: number
  readonly onProgress?: (committed: number) => void
}

export interface LogReport extends Faults {
  /** Changes that the tables show to have been committed. */
  readonly committed: number
  readonly transactions: number
  /** Connections, or for SQLite services, that were ended in the middle of whatever they did. */
  readonly cuts: number
  /** What readers that are known to be wrong made of the same log. */
  readonly planted: Readonly<Record<string, Faults>>
  readonly seconds: number
}

const sites = 4
/** The transactions from one cut to the next, on average. */
const transactionsPerCut = 60
const changesPerProgress = 10_000
/** From so many changes on, steps are larger, too, so that a run ends some day. */
const large = 200_000

/**
 * Lets writers write in transactions of any length, of which some are rolled back, some wait and some
 * lose their connection, while readers follow the log; and compares what each of them has read with
 * what the tables hold in the end.
 */
export async function runLog(options: LogOptions): Promise<LogReport> {
  const { engine, url, createAdapter } = options
  const startMs = systemRuntime.monotonic()
  const proxy = engine === 'sqlite' ? undefined : await startProxy(url)
  const create = () => createAdapter(proxy?.url ?? url)
  const direct = createAdapter(url)
  const data = createService(direct)
  await data.connect()

  const rounds = new Rounds()
  const start = await direct.log.head()
  const readers = [false, true].map((restarts) => new Reader(create, start, { restarts, rounds }))
  const wrong = Object.entries(planted[engine]!).map(([name, plant]) => {
    return { name, ...plant(data, engine) }
  })
  await data.accounts.insertMany(shared.map((id) => ({ id })))
  for (const reader of readers) reader.start()
  await provoke(data, engine, wrong)

  const load = new Load(options)
  const reading = wrong.map(async (reader) => {
    while (!load.isRead) {
      await rounds.after(1)
      await reader.read()
    }
  })
  await writeAll(options, load, create, rounds, proxy)
  await untilQuiet(data, engine)
  load.isRead = true
  await Promise.all(reading)
  for (const reader of readers) await reader.finish()
  for (const reader of wrong) while ((await reader.read()) > 0);

  const committed = await committedRows(data)
  await data.close()
  await proxy?.close()
  const faults = readers.map(({ tracker }) => tracker.compare(committed))
  return {
    committed: Array.from(committed.values()).reduce((sum, last) => sum + last, 0),
    ...sumOf(faults),
    transactions: load.transactions,
    cuts: load.cuts,
    planted: Object.fromEntries(
      wrong.map(({ name, tracker }) => [name, tracker.compare(committed)]),
    ),
    seconds: Math.round((systemRuntime.monotonic() - startMs) / 1_000),
  }
}

/** All writers, until they have written enough. */
async function writeAll(
  { engine, changes, writers = 16, seed = 1 }: LogOptions,
  load: Load,
  createAdapter: () => Adapter,
  rounds: Rounds,
  proxy: Proxy | undefined,
): Promise<void> {
  const random = new Random(seed, -1)
  const all = Array.from({ length: sites }, () => new Site(createAdapter))
  const cut = () => {
    load.cuts++
    if (proxy === undefined) random.pick(all).restart()
    else proxy.cutOne(random)
  }
  await Promise.all(
    Array.from({ length: writers }, (_, n) => {
      const site = all[n % sites]!
      return write({
        name: `w${n}`,
        random: new Random(seed, n),
        engine,
        service: () => site.service(),
        rounds,
        mostRows: changes < large ? 20 : 200,
        isOver: () => load.isDone,
        committed(made) {
          load.add(made)
          if (random.chance(1 / transactionsPerCut)) cut()
        },
      })
    }),
  )
  for (const site of all) await site.close()
}

/** How far it is. */
class Load {
  readonly #options: LogOptions
  #changes = 0
  transactions = 0
  cuts = 0
  /** Whether all that is left is to be read once more. */
  isRead = false

  constructor(options: LogOptions) {
    this.#options = options
  }

  get isDone(): boolean {
    return this.#changes >= this.#options.changes
  }

  add(changes: number): void {
    const before = Math.floor(this.#changes / changesPerProgress)
    this.transactions++
    this.#changes += changes
    if (Math.floor(this.#changes / changesPerProgress) > before) {
      this.#options.onProgress?.(this.#changes)
    }
  }
}

/**
 * What every wrong reader falls for, whatever else happens: one that began first commits last, and
 * changes a row that another one has changed meanwhile.
 */
async function provoke(data: Data, engine: string, wrong: readonly PlantedReader[]): Promise<void> {
  if (engine === 'sqlite') return
  const readAll = async () => {
    for (const reader of wrong) while ((await reader.read()) > 0);
  }
  await kysely<Tables>(data, engine)
    .transaction()
    .execute(async (tx) => {
      await tx.insertInto('accounts').values({ id: 'first' }).execute()
      await data.accounts.update(shared[0]!, { n: { increment: 1 } })
      await readAll()
      await tx.updateTable('accounts').set({ n: 0 }).where('id', '=', shared[0]!).execute()
    })
  await readAll()
}

/** Waits for transactions whose connection was cut, and which the server has not ended yet. */
async function untilQuiet(data: Data, engine: string): Promise<void> {
  const isQuiet = async () => {
    if (engine === 'postgres') {
      const db = kysely<{ pg_stat_activity: { backend_xid: string | null } }>(data, engine)
      const open = db.selectFrom('pg_stat_activity').select('backend_xid')
      return (await open.where('backend_xid', 'is not', null).execute()).length === 0
    }
    if (engine === 'mysql') {
      const db = kysely<{ 'information_schema.innodb_trx': { trx_rows_modified: number } }>(
        data,
        engine,
      )
      const open = db.selectFrom('information_schema.innodb_trx').select('trx_rows_modified')
      return (await open.where('trx_rows_modified', '>', 0).execute()).length === 0
    }
    return true
  }
  while (!(await isQuiet())) await pause()
}

/** The last version of each row, by its name; one more where the row was deleted. */
async function committedRows(data: Data): Promise<Map<string, number>> {
  const rows = new Map<string, number>()
  const inBatches = { batchSize: 5_000 }
  for await (const { id, version } of data.accounts.stream({}, inBatches)) {
    rows.set(nameOf('accounts', id), version)
  }
  for await (const { id, version } of data.entries.stream({}, inBatches)) {
    rows.set(nameOf('entries', id), version)
  }
  for await (const { id, lastVersion, version } of data.deleted.stream({}, inBatches)) {
    rows.set(nameOf('deleted', id), version)
    rows.set(nameOf('entries', id), lastVersion + 1)
  }
  return rows
}

function sumOf(faults: readonly Faults[]): Faults {
  const sum = { lost: 0, repeated: 0, disordered: 0 }
  for (const name of ['lost', 'repeated', 'disordered'] as const) {
    for (const each of faults) sum[name] += each[name]
  }
  return sum
}
