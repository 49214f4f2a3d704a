import type { Adapter } from '@wherry/core'
import { expect, it } from 'vitest'
import {
  describePostgres,
  newDatabase,
  open,
  stranger,
  until,
  type Data,
} from './support/postgres.ts'
import { Random } from '../../src/fuzz/lib/random.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)
const writers = 12
const transactionsEach = 40
const keys = Array.from({ length: 30 }, (_each, key) => `k${key}`)

/** What a writer throws to have a transaction rolled back. */
class Undo extends Error {}

/** Reads on from position to position, and checks that each change follows the one before it. */
function createReader(log: Adapter['log'], start: string) {
  const versions = new Map<unknown, unknown>()
  let position = start
  let count = 0
  return {
    versions,
    count: () => count,
    async readOn() {
      for (let from; from !== position;) {
        from = position
        const batch = await log.read(from)
        for (const { old, row } of batch.changes) {
          const { id } = (row ?? old)!
          expect(versions.get(id), `what is known of ${String(id)}`).toBe(old?.version)
          if (row === null) versions.delete(id)
          else versions.set(id, row.version)
        }
        count += batch.changes.length
        position = batch.position
      }
    },
  }
}

/** The reader that everybody writes first: it takes the numbers for the order of commits. */
function createNaiveReader(query: (sql: string) => Promise<Record<string, unknown>[]>) {
  let last = '0'
  let count = 0
  return {
    count: () => count,
    async readOn() {
      const entries = await query(`select seq from wherry_log where seq > ${last} order by seq`)
      count += entries.length
      if (entries.length > 0) last = String(entries.at(-1)!.seq)
    },
  }
}

/** Transactions of random length; some are rolled back, and some wait while others commit. */
async function write(data: Data, writer: number, rounds: () => Promise<void>): Promise<void> {
  const random = new Random(seed, writer)
  for (let n = 0; n < transactionsEach; n++) {
    // In one order, so that they wait for each other and do not deadlock.
    const taken = keys.filter(() => random.chance(0.1))
    const isLong = random.chance(0.15)
    const isUndone = random.chance(0.2)
    await data
      .transaction(
        async (tx) => {
          for (const id of taken) {
            const set = { n: { increment: 1 } }
            await tx.notes.upsert({ on: ['id'], insert: { id }, update: set })
            if (random.chance(0.2)) await tx.notes.delete(id)
          }
          if (isLong) await rounds()
          if (isUndone) throw new Undo()
        },
        { maxRetries: 1_000 },
      )
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error
      })
  }
}

describePostgres('the change log under many writers', (server) => {
  it(`is read without loss, repetition or disorder, which its numbers alone are not (seed ${seed})`, async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await open(url, { max: writers + 1, lockTimeoutMs: 20_000 })
    const client = await stranger(url)
    const reader = createReader(adapter.log, await adapter.log.head())
    const naive = createNaiveReader((sql) => client.query(sql))

    const waiting = new Set<() => void>()
    const aRound = () => new Promise<void>((resolve) => waiting.add(resolve))
    const rounds = async () => {
      for (let n = 0; n < 3; n++) await aRound()
    }
    const readOn = async () => {
      await Promise.all([reader.readOn(), naive.readOn()])
      for (const resume of waiting) {
        waiting.delete(resume)
        resume()
      }
    }

    // One that the numbers miss whatever else happens: it has a smaller number than what is read.
    await data.transaction(async (tx) => {
      await tx.notes.insert({ id: 'first' })
      await client.query(`insert into notes (id, text, n, version) values ('second', '', 0, 1)`)
      await readOn()
    })

    let isOver = false
    const writing = Array.from({ length: writers }, (_each, writer) => write(data, writer, rounds))
    const ended = Promise.all(writing).finally(() => (isOver = true))
    const reading = until(async () => {
      await readOn()
      return isOver
    })
    await Promise.all([ended, reading])
    await readOn()

    const total = Number((await client.query('select count(*) as n from wherry_log'))[0]!.n)
    const there = await data.notes.find()
    expect(reader.count()).toBe(total)
    expect(reader.versions).toEqual(new Map(there.map(({ id, version }) => [id, version])))
    expect(naive.count()).toBeLessThan(total)
  })
})
