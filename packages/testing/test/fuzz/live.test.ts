import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { afterAll, describe, expect, it } from 'vitest'
import { engines, oracle, runLiveFuzz, type Engine } from '../../src/fuzz/index.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_261_129)

describe.each(Object.values({ oracle, ...engines }))(
  'live queries on $name',
  { timeout: 120_000 },
  (engine) => {
    afterAll(() => engine.close?.())

    it(`show the states of the log that they say they are of (seed ${seed})`, async (context) => {
      const reason = await engine.missing?.()
      if (reason !== undefined) return context.skip(reason)
      const report = await runLiveFuzz({ engines: [engine], cases: 120, seed })
      expect(report.failures).toEqual([])
      expect(report.events).toBeGreaterThan(100)
    })
  },
)

type Log = Adapter['log']

/** Memory whose log tells live queries something else than it tells others. */
function planted(changed: (log: Log) => Partial<Log>): Engine {
  return {
    name: 'planted',
    open: async () => {
      const base = memory()
      const { log } = base
      const right: Log = {
        hidesReplaced: log.hidesReplaced,
        snapshot: log.snapshot.bind(log),
        head: log.head.bind(log),
        read: log.read.bind(log),
        watch: log.watch.bind(log),
      }
      const wrong = { ...right, ...changed(right) }
      const adapter = new Proxy(base, {
        get(target, name) {
          if (name === 'log') return wrong
          const member: unknown = Reflect.get(target, name)
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        },
      })
      return { adapter, dispose: () => Promise.resolve() }
    },
  }
}

describe('the fuzz of live queries', () => {
  it.each<[string, Engine]>([
    [
      'a window that is refilled without its first row',
      planted((log) => ({
        snapshot: (collections, read) =>
          log.snapshot(collections, (reader) =>
            read({ ...reader, find: async (plan) => (await reader.find(plan)).slice(1) }),
          ),
      })),
    ],
    [
      'a tail that does not see what is deleted',
      planted((log) => ({
        async read(after, upTo) {
          const batch = await log.read(after, upTo)
          if (upTo !== undefined) return batch
          return { ...batch, changes: batch.changes.filter(({ row }) => row !== null) }
        },
      })),
    ],
    [
      'groups that are of an older state than they say',
      planted((log) => {
        let last: { readonly form: unknown; readonly groups: Record<string, unknown>[] }[] = []
        return {
          snapshot: (collections, read) =>
            log.snapshot(collections, (reader) =>
              read({
                ...reader,
                async aggregate(plan) {
                  const groups = await reader.aggregate(plan)
                  const before = last.find(({ form }) => form === plan)?.groups
                  last = [...last.filter(({ form }) => form !== plan), { form: plan, groups }]
                  return structuredClone(before ?? groups)
                },
              }),
            ),
        }
      }),
    ],
  ])('finds %s, and shows it in few steps', async (_, engine) => {
    const report = await runLiveFuzz({ engines: [engine], cases: 2_000, seed, shrinkMs: Infinity })
    expect(report.mismatches).toBe(1)
    const [failure] = report.failures
    expect(failure!.case.queries).toEqual([failure!.wish])
    expect(failure!.case.steps.length).toBeLessThan(8)
  })
})
