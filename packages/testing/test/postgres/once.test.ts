import { isWherryError } from '@wherry/core'
import { expect, it } from 'vitest'
import { Random } from '../../src/fuzz/lib/random.ts'
import { describePostgres, newDatabase, open, stranger, type Data } from './support/postgres.ts'
import { startProxy, type Proxy } from './support/proxy.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)
const workers = 8

/** What a mutation gave in the end, and the errors that it gave before. */
interface Outcome {
  readonly id: string
  readonly result: unknown
  readonly errors: readonly string[]
}

/** Sends a mutation until it is known what became of it. */
async function send(data: Data, id: string, maxRetries: number): Promise<Outcome> {
  const errors: string[] = []
  for (;;) {
    try {
      const result = await data.transaction(
        async (tx) => {
          const note = await tx.notes.insert({ text: id })
          await tx.notes.update(note.id, { n: { increment: 1 } })
          return note.id
        },
        { mutationId: id, maxRetries },
      )
      return { id, result, errors }
    } catch (error) {
      if (!isWherryError(error)) throw error
      // A transaction whose connection was lost says so by its cause.
      const cause = isWherryError(error.cause) ? error.cause : error
      errors.push(error.code === 'TransactionAborted' ? cause.code : error.code)
    }
  }
}

describePostgres('mutations whose connections are cut', (server) => {
  it.each([
    [500, 0],
    [200, 3],
  ])(
    `happen once each, and tell it when they are asked again: %i, with maxRetries %i (seed ${seed})`,
    async (count, maxRetries) => {
      const proxy = await startProxy(await newDatabase(server))
      const { data } = await open(proxy.url, { max: workers })
      const outcomes = await sendAll(data, proxy, count, maxRetries)

      expect(proxy.dropped).toBeGreaterThan(10)
      // Who asks again while the first is still committing may be told that it was in the way.
      const known = ['DatabaseUnavailable', 'SerializationFailure', 'UnknownOutcome']
      const errors = new Set(outcomes.flatMap((outcome) => outcome.errors))
      expect([...errors].filter((code) => !known.includes(code))).toEqual([])
      if (maxRetries === 0) expect(errors).toContain('UnknownOutcome')
      const notes = await data.notes.find()
      expect(notes).toHaveLength(count)
      expect(notes.every(({ n }) => n === 1)).toBe(true)
      const results = new Map(outcomes.map(({ id, result }) => [id, result]))
      expect(results).toEqual(new Map(notes.map(({ text, id }) => [text, id])))
    },
  )
})

/** Workers that send one mutation after another, while connections are cut by two kinds of fault. */
async function sendAll(
  data: Data,
  proxy: Proxy,
  count: number,
  maxRetries: number,
): Promise<Outcome[]> {
  const random = new Random(seed, maxRetries)
  const outcomes: Outcome[] = []
  let next = 0
  const work = async () => {
    const killer = await stranger(proxy.url)
    for (let n = next++; n < count; n = next++) {
      const sending = send(data, `m${n}`, maxRetries)
      if (random.chance(0.1)) proxy.dropNext()
      if (random.chance(0.1)) {
        await killer.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'wherry' and datname = current_database()
           order by md5(pid::text || '${random.below(1_000)}') limit 3`,
        )
      }
      outcomes.push(await sending)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return outcomes
}
