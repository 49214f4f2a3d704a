import { isWherryError, systemRuntime } from '@wherry/core'
import { kysely } from '@wherry/core/sql'
import type { Random } from '../../fuzz/lib/random.ts'
import type { Rounds } from './bell.ts'
import type { Data, Tables } from './schema.ts'
import { Author, changesOf, type Script, type Step } from './script.ts'

/** What is thrown to have a transaction rolled back. */
class Undo extends Error {}

/** What a writer waits for after an error, so that it does not only fail. */
const pauseMs = 5
const longWait = 3

const levels = [
  [18, 'read committed'],
  [1, 'repeatable read'],
  [1, 'serializable'],
] as const

export interface WriterOptions {
  readonly name: string
  readonly random: Random
  /** The name of the adapter. */
  readonly engine: string
  /** The service of the moment: another one once it was closed under its writers. */
  service(): Promise<Data>
  readonly rounds: Rounds
  /** How many rows one step adds or changes at most. */
  readonly mostRows: number
  /** Told of each transaction that was committed, with how many changes it made. */
  committed(changes: number): void
  isOver(): boolean
}

/** Writes until all is over, now by the service and now as any other program would. */
export async function write(options: WriterOptions): Promise<void> {
  const { random, committed, isOver } = options
  const author = new Author(options.name, random, options.mostRows)
  while (!isOver()) {
    const script = author.next()
    const ending = await attempt(options, script)
    author.ended(script, ending)
    if (ending === 'done') committed(changesOf(script))
    else if (!script.isUndone) {
      await new Promise((resolve) => void systemRuntime.setTimeout(() => resolve(null), pauseMs))
    }
  }
}

async function attempt(options: WriterOptions, script: Script) {
  const { random } = options
  const asStranger = random.chance(0.5)
  try {
    const data = await options.service()
    if (asStranger) await writeAsStranger(data, options, script)
    else await writeAsService(data, options, script)
    return 'done' as const
  } catch (error) {
    if (error instanceof Undo) return 'undone' as const
    if (!isWherryError(error)) throw error
    return error.details.outcome === 'not-applied' ? ('undone' as const) : ('unknown' as const)
  }
}

async function writeAsService(data: Data, options: WriterOptions, script: Script): Promise<void> {
  const isolationLevel = options.random.weighted(levels)
  await data.transaction(
    async (tx) => {
      const increment = { n: { increment: 1 } }
      for (const step of script.steps) {
        await perform(step, options, {
          open: (id) => tx.accounts.insert({ id }),
          add: (accountId, ids) => tx.entries.insertMany(ids.map((id) => ({ id, accountId }))),
          touch: (ids) => tx.accounts.updateMany({ where: { id: { in: ids } }, set: increment }),
          change: (ids) => tx.entries.updateMany({ where: { id: { in: ids } }, set: increment }),
          async delete(ids) {
            const found = await tx.entries.find({ where: { id: { in: ids } } })
            await tx.deleted.insertMany(
              found.map(({ id, version }) => ({ id, lastVersion: version })),
            )
            await tx.entries.deleteMany({ where: { id: { in: ids } } })
          },
        })
      }
      if (script.isUndone) throw new Undo()
    },
    { isolationLevel, maxRetries: 20 },
  )
}

/** Without a word of versions, for which triggers count. */
async function writeAsStranger(data: Data, options: WriterOptions, script: Script): Promise<void> {
  const db = kysely<Tables>(data, options.engine)
  await db.transaction().execute(async (tx) => {
    const increment = (table: 'accounts' | 'entries', ids: readonly string[]) =>
      tx
        .updateTable(table)
        .set((row) => ({ n: row('n', '+', 1) }))
        .where('id', 'in', ids)
        .execute()
    for (const step of script.steps) {
      await perform(step, options, {
        open: (id) => tx.insertInto('accounts').values({ id }).execute(),
        add: (accountId, ids) =>
          tx
            .insertInto('entries')
            .values(ids.map((id) => ({ id, accountId })))
            .execute(),
        touch: (ids) => increment('accounts', ids),
        change: (ids) => increment('entries', ids),
        async delete(ids) {
          const found = await tx.selectFrom('entries').selectAll().where('id', 'in', ids).execute()
          const gone = found.map(({ id, version }) => ({ id, lastVersion: Number(version) }))
          if (gone.length > 0) await tx.insertInto('deleted').values(gone).execute()
          await tx.deleteFrom('entries').where('id', 'in', ids).execute()
        },
      })
    }
    if (script.isUndone) throw new Undo()
  })
}

interface Hands {
  open(id: string): PromiseLike<unknown>
  add(accountId: string, ids: readonly string[]): PromiseLike<unknown>
  touch(ids: readonly string[]): PromiseLike<unknown>
  change(ids: readonly string[]): PromiseLike<unknown>
  delete(ids: readonly string[]): PromiseLike<unknown>
}

async function perform(step: Step, { rounds }: WriterOptions, hands: Hands): Promise<void> {
  switch (step.kind) {
    case 'wait':
      return rounds.after(longWait)
    case 'open':
      return void (await hands.open(step.id))
    case 'add':
      return void (await hands.add(step.accountId, step.ids))
    default:
      return void (await hands[step.kind](step.ids))
  }
}
