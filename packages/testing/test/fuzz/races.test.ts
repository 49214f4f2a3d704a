import { afterEach, describe, expect, it, vi } from 'vitest'
import { memory } from '@wherry/core/memory'
import {
  printFailure,
  runFuzz,
  takeTurns,
  type Engine,
  type FuzzCase,
  type FuzzReport,
  type Turn,
} from '../../src/fuzz/index.ts'
import { runRace } from '../../src/fuzz/race/run-race.ts'
import { buildSchema } from '../../src/fuzz/schema-spec.ts'
import { openSubject } from '../../src/fuzz/subject.ts'
import { optimistic, type Slips } from './optimistic.ts'
import { bugs, planted } from './planted.ts'

/** Within a thousand cases, which are a few hundred races. */
function race(engine: Engine): Promise<FuzzReport> {
  return runFuzz({
    engines: [engine],
    cases: 1_000,
    seed: 1,
    raceShare: 1,
    maxMismatches: 1,
    shrinkMs: Infinity,
  })
}

/** How many clients the last race of a minimized case has. */
function clientsOf({ operations }: FuzzCase): number {
  const last = operations.at(-1)!
  return 'race' in last ? last.race.length : 0
}

const below: Slips = { onlyBelowSerializable: true }

const slips: readonly (readonly [what: string, slips: Slips, law: RegExp])[] = [
  [
    'what was read may have changed before the commit',
    { trustsRead: () => true },
    /^no order of the transactions explains/,
  ],
  [
    'forUpdate locks nothing',
    { ...below, trustsRead: (plan) => plan.kind === 'find' && plan.forUpdate, trustsWrites: true },
    /^an update was lost/,
  ],
  [
    'increments are worked out by the adapter',
    {
      ...below,
      rewrite(plan, { rows: [row] }) {
        if (plan.kind !== 'update' || row === undefined) return plan
        const set = plan.set.map(({ field }) => field)
        return {
          ...plan,
          set: set.map((field) => ({ field, operation: 'set', value: row[field.name] })),
        }
      },
    },
    /^an update was lost/,
  ],
  [
    'others see what is not committed',
    {
      ...below,
      trustsRead: (plan) => plan.kind === 'find' && !plan.forUpdate,
      readsOthersWrites: true,
    },
    /^a row was read that nobody committed/,
  ],
  [
    'a failed transaction commits',
    { commitsFailures: true },
    /^a transaction failed and left something/,
  ],
  [
    'a mutation is made each time that it is sent',
    { forgetsMutations: true },
    /^a mutation was made twice/,
  ],
]

describe('the fuzz of clients that race', () => {
  it.each(slips)('finds that %s', async (name, slip, law) => {
    const { failures } = await race(optimistic(name, slip))
    const [failure] = failures
    expect(failure?.mismatch.difference).toMatch(law)
    expect(clientsOf(failure!.case), printFailure(failure!)).toBeLessThanOrEqual(2)
  })

  it.each(['ifVersion is ignored', 'a failed transaction leaves its writes'])(
    'finds that %s',
    async (name) => {
      const { failures } = await race(planted(name, bugs[name]!))
      expect(failures).toHaveLength(1)
      expect(clientsOf(failures[0]!.case), printFailure(failures[0]!)).toBeLessThanOrEqual(2)
    },
  )

  it('finds nothing where transactions run side by side as they should', async () => {
    const { endings, failures } = await race(optimistic('right'))
    expect(failures.map(printFailure)).toEqual([])
    // They do get into each other's way, and most come through.
    expect(endings.get('race SerializationFailure on right')).toBeGreaterThan(10)
    expect(endings.get('race recorded on right')).toBeGreaterThan(5)
    expect(endings.get('race applied on right')).toBeGreaterThan(500)
  })

  describe('on a database that hangs', () => {
    afterEach(() => void vi.useRealTimers())

    it('says so', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const adapter = Object.assign(memory(), { write: () => new Promise(() => undefined) })
      const engine = { name: 'stuck', open: async () => ({ adapter, dispose: async () => {} }) }
      const field = (type: string) => ({ type, args: [], nullable: false })
      const fields = { id: field('id'), total: field('int'), version: field('version') }
      const schema = buildSchema({
        collections: { stock: { fields, indexes: [] } },
        naming: 'as_is',
      })
      const subject = await openSubject(engine, schema, 1, 0)
      const insert = { call: 'insert', on: 'stock', args: [{ id: 'a', total: 1 }] } as const
      const client = { calls: [insert], isolationLevel: null, fails: false, catches: false }
      const racing = runRace(subject, {
        atMs: 0,
        order: { seed: 1, patience: 1 },
        race: [{ ...client, maxRetries: 0, beside: false }],
      })
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await racing).toEqual({ law: 'a client never ends', raced: undefined })
    })
  })
})

describe('takeTurns', () => {
  const steps = async (seed: number): Promise<string> => {
    const taken: string[] = []
    const client = (name: string) => async (turn: Turn) => {
      for (let step = 0; step < 4; step++) {
        await turn()
        taken.push(name)
      }
    }
    await takeTurns({ seed, patience: 1 }, [client('a'), client('b'), client('c')])
    return taken.join('')
  }

  it('takes the same turns for the same seed, and others for others', async () => {
    expect(await steps(5)).toBe(await steps(5))
    const orders = new Set(await Promise.all([1, 2, 3, 4, 5, 6].map(steps)))
    expect(orders.size).toBeGreaterThan(3)
  })

  it('goes on with the others where a client waits for one of them', async () => {
    let release = () => undefined as void
    const released = new Promise<void>((resolve) => (release = resolve))
    const ended: string[] = []
    await takeTurns({ seed: 1, patience: 3 }, [
      async (turn) => {
        await turn()
        await released
        ended.push('waits')
      },
      async (turn) => {
        for (let step = 0; step < 10; step++) await turn()
        ended.push('works')
        release()
      },
    ])
    expect(ended).toEqual(['works', 'waits'])
  })

  it('fails as its clients do', async () => {
    const fails = async (turn: Turn) => {
      await turn()
      throw new Error('mine')
    }
    await expect(takeTurns({ seed: 1, patience: 1 }, [fails])).rejects.toThrow('mine')
  })
})
