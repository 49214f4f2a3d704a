import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter, Session, TransactionSettings } from '../../src/contract/adapter.ts'
import { WherryError, isWherryError } from '../../src/errors/wherry-error.ts'
import { systemRuntime } from '../../src/lib/runtime.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { connected } from '../support/service.ts'

const schema = defineSchema({
  effects: collection({ id: t.id(), mutation: t.text({ maxLength: 64 }) }).index('mutation'),
  counters: collection({ id: t.id(), n: t.int(), version: t.version() }),
})

const count = 1_000
const seed = 20_260_131

/** An adapter whose answers get lost, some before the commit and some after it. */
function lossy(adapter: Adapter, runtime: FakeRuntime, lost: { before: number; after: number }) {
  const unknown = () =>
    new WherryError('UnknownOutcome', 'the reply was lost', { outcome: 'unknown' })
  return new Proxy(adapter, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown
      if (name !== 'transaction') {
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      }
      return async <T>(settings: TransactionSettings, work: (session: Session) => Promise<T>) => {
        const isBefore = runtime.random() < 0.2
        const result = await target.transaction(settings, async (session) => {
          const answer = await work(session)
          if (isBefore) lost.before++
          if (isBefore) throw unknown()
          return answer
        })
        if (runtime.random() >= 0.4) return result
        lost.after++
        throw unknown()
      }
    },
  })
}

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

describe.each(Object.entries(engines))(
  'on %s, whose replies are dropped at random',
  (_, engine) => {
    // With retries the service asks again by itself; without it is the caller alone who does.
    it.each([0, 3])('each mutation is applied once, with maxRetries %i', async (maxRetries) => {
      const drawing = new FakeRuntime(seed)
      const lost = { before: 0, after: 0 }
      // Nobody waits between two attempts.
      const runtime = { ...systemRuntime, random: () => 0 }
      const data = await connected(schema, lossy(engine(), drawing, lost), { runtime })
      await data.counters.insert({ id: 'c', n: 0 })
      const send = (mutationId: string) =>
        data.transaction(
          async (tx) => {
            await tx.effects.insert({ mutation: mutationId })
            return (await tx.counters.update('c', { n: { increment: 1 } })).n
          },
          { mutationId, maxRetries },
        )
      const results: number[] = []
      const resend = async (mutationId: string) => {
        for (;;) {
          try {
            return results.push(await send(mutationId))
          } catch (error) {
            if (!isWherryError(error) || error.code !== 'UnknownOutcome') throw error
          }
        }
      }
      for (let n = 0; n < count; n += 4) {
        // Some are sent twice at once, as impatient callers do.
        const ids = [n, n + 1, n + 2, n + 3].map((id) => `m${id}`)
        await Promise.all([...ids, ...(drawing.random() < 0.5 ? [ids[0]!] : [])].map(resend))
      }
      expect(lost.before).toBeGreaterThan(100)
      expect(lost.after).toBeGreaterThan(400)
      const effects = await data.effects.find()
      expect(new Set(effects.map(({ mutation }) => mutation)).size).toBe(count)
      expect(effects).toHaveLength(count)
      expect(await data.counters.get('c')).toMatchObject({ n: count, version: count + 1 })
      // Every result is the one of the run that was applied, whoever got it.
      expect(new Set(results)).toEqual(new Set(Array.from({ length: count }, (_each, n) => n + 1)))
    })
  },
)
