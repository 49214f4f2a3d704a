import { createDataService } from '@wherry/core'
import { interleave, type Plan } from '../lib/interleave.ts'
import { pairedRatio, type Spread } from '../lib/statistics.ts'
import type { Engine, Foreigner } from './engines.ts'
import { follow } from './follow.ts'
import { nextId, Stopwatch } from './paced.ts'
import { schema } from './schema.ts'

const bare = 'bare'
const writers = 16

/** The time of an INSERT into a table with triggers, over that into one without. */
export async function measureOverhead(engine: Engine, plan: Plan): Promise<Spread> {
  const { foreigners, close } = await open(engine, 1)
  try {
    const [foreigner] = foreigners
    const times = await interleave(
      ['readings', bare].map((table) => ({
        name: table,
        async run(_first: number, count: number) {
          for (let n = 0; n < count; n++) await foreigner!.insert(table, nextId())
        },
      })),
      plan,
    )
    return pairedRatio(times.get('readings')!.wall, times.get(bare)!.wall)
  } finally {
    await close()
  }
}

/** What sixteen writers commit in a time with triggers and a live query, over what they do without. */
export async function measureWriters(engine: Engine, plan: Plan): Promise<Spread> {
  const { data, foreigners, close } = await open(engine, writers)
  try {
    const times = await interleave(
      ['readings', bare].map((table) => ({
        name: table,
        async run(_first: number, count: number) {
          const stop = table === bare ? undefined : await follow(data, 1, new Stopwatch())
          let left = count
          const write = async (foreigner: Foreigner) => {
            while (left-- > 0) await foreigner.insert(table, nextId())
          }
          await Promise.all(foreigners.map(write))
          stop?.()
        },
      })),
      plan,
    )
    return pairedRatio(times.get(bare)!.wall, times.get('readings')!.wall)
  } finally {
    await close()
  }
}

async function open(engine: Engine, count: number) {
  const place = await engine.open()
  const data = createDataService({ schema, databases: [place.adapter()] })
  await data.connect()
  const foreigners = await Promise.all(Array.from({ length: count }, () => place.connect()))
  await foreigners[0]!.copyReadings(bare)
  return {
    data,
    foreigners,
    async close() {
      for (const foreigner of foreigners) await foreigner.close()
      await data.close()
      await place.close()
    },
  }
}
