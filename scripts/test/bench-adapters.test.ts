import { describe, expect, it } from 'vitest'
import { benchmarkOn } from '../../bench/adapters/benchmark.ts'
import { Unavailable, type Engine } from '../../bench/adapters/engine.ts'
import { mariadb } from '../../bench/adapters/mariadb/engine.ts'
import { mongodb } from '../../bench/adapters/mongodb/engine.ts'
import { postgres } from '../../bench/adapters/postgres/engine.ts'
import { reportCase, reportTogether } from '../../bench/adapters/report.ts'
import { sqlite } from '../../bench/adapters/sqlite/engine.ts'
import { caseNames } from '../../bench/adapters/subject.ts'

describe('the benchmark of adapters', () => {
  it.for([sqlite, postgres, mariadb, mongodb])(
    'measures the data service on $name, once it returns what the raw driver does',
    { timeout: 120_000 },
    async (engine, { skip }) => {
      const { settings } = quickly({ engines: [engine.name] })
      const report = await benchmarkOn([withoutPeers(engine)])
        .run(settings)
        .catch((error: unknown) => {
          if (error instanceof Unavailable) skip(error.message)
          throw error
        })
      const names = caseNames.map((name) => `${engine.name}.${name}`)
      if (engine === postgres) names.push('postgres.c16.point')
      expect(Object.keys(report.metrics)).toEqual(names)
      expect(Object.values(report.metrics).every((figure) => figure > 0)).toBe(true)
    },
  )

  const nowhere: Engine = {
    name: 'nowhere',
    create: () => Promise.reject(new Unavailable('there is no such server')),
  }

  it('leaves out an engine that cannot be had, and says why', async () => {
    const { settings, said } = quickly({})
    expect(await benchmarkOn([nowhere]).run(settings)).toEqual({ metrics: {}, text: '' })
    expect(said).toEqual(['nowhere is left out: there is no such server'])
  })

  it('fails where an engine was asked for by name that cannot be had', async () => {
    const { settings } = quickly({ engines: ['nowhere'] })
    await expect(benchmarkOn([nowhere]).run(settings)).rejects.toThrow('there is no such server')
  })
})

describe('the figures of adapters', () => {
  const times = new Map(
    Object.entries({ raw: [10, 10], wherry: [12, 14], kysely: [26, 26] }).map(([name, wall]) => [
      name,
      { wall, cpu: wall },
    ]),
  )

  it('are our time over that of the raw driver, and the time of others over ours', () => {
    const { metrics } = reportCase('postgres', 'point', times)
    expect(metrics).toEqual({ 'postgres.point': 1.3, 'postgres.vs.kysely.point': 2.012 })
  })

  it('are our throughput over that of the raw driver, for several callers at once', () => {
    const { metrics } = reportTogether('postgres', 16, times)
    expect(metrics).toEqual({ 'postgres.c16.point': 0.774 })
  })
})

/** Other data layers are installed only where the whole benchmark is run. */
function withoutPeers(engine: Engine): Engine {
  return { ...engine, create: async () => ({ ...(await engine.create()), peers: [] }) }
}

function quickly(options: Readonly<Record<string, readonly string[]>>) {
  const said: string[] = []
  const progress = (message: string) => void said.push(message)
  return { said, settings: { quick: true, options, progress } }
}
