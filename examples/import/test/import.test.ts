import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createDataService, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importInto, importSource, type ImportResult } from '../import.ts'
import type { Source } from '../read.ts'
import { differences } from '../report.ts'
import { schema } from '../schema.ts'
import { expectedFigures } from './expected-figures.ts'

const folder = mkdtempSync(join(tmpdir(), 'wherry-import-'))
const engines = {
  sqlite: (name: string): Adapter => sqlite({ file: join(folder, `${name}.db`) }),
  memory: (): Adapter => memory(),
}
type Engine = keyof typeof engines
const names = Object.keys(engines) as Engine[]
const results = {} as Record<Engine, ImportResult>
const progress: Record<Engine, string[]> = { sqlite: [], memory: [] }

beforeAll(async () => {
  for (const name of names) {
    const onProgress = ({ file }: { file: string }) => void progress[name].push(file)
    results[name] = await importInto(engines[name]('import'), onProgress)
  }
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(names)('The import into %s', (name) => {
  test('accounts for every row of both files', () => {
    const { movies, weather } = results[name]
    expect(movies).toMatchObject({ read: 3201, inserted: 3169 })
    expect(movies.refusals).toHaveLength(32)
    expect(weather).toMatchObject({ read: 1461, inserted: 1461, refusals: [] })
  })

  test('refuses the titles that are no text, by line', () => {
    expect(linesRefused(results[name], "'title' ")).toEqual([
      23, 24, 1070, 1076, 1077, 1079, 1092, 1114, 1741, 3055,
    ])
    expect(results[name].movies.refusals).toContainEqual({
      line: 23,
      reason: "'title' must be a text, got 1776",
    })
  })

  test('refuses the dates in the wrong century, by line', () => {
    expect(linesRefused(results[name], "'releasedOn' ")).toEqual([
      11, 17, 18, 28, 35, 87, 92, 104, 122, 176, 223, 339, 384, 402, 414, 469, 497, 593, 824, 926,
      1030, 1047,
    ])
    const goneWithTheWind = results[name].movies.refusals.find(({ line }) => line === 402)
    expect(goneWithTheWind?.reason).toContain('2039-12-15')
  })

  test('computes the figures that plain JavaScript computes from the files', () => {
    expect(roundFractions(results[name].figures)).toEqual(roundFractions(expectedFigures()))
  })

  test('tells its progress after every batch', () => {
    expect(progress[name].filter((file) => file === 'movies.json')).toHaveLength(17)
    expect(progress[name].filter((file) => file === 'seattle-weather.csv')).toHaveLength(8)
  })
})

describe('Both engines', () => {
  test('give the same figures and the same reasons for the same lines', () => {
    expect(results.memory).toEqual(results.sqlite)
    expect(differences(results.sqlite, results.memory)).toEqual([])
  })

  test('refuse the second row of a key, and take its neighbours', async () => {
    const outcomes = []
    for (const name of names) {
      const data = createDataService({ schema, databases: [engines[name]('twice')] })
      await data.connect()
      outcomes.push(await importSource(data, daysWithOneTwice))
      expect(await data.weather.count()).toBe(4)
      await data.close()
    }
    expect(outcomes[0]).toMatchObject({ read: 5, inserted: 4, refusals: [{ line: 4 }] })
    expect(outcomes[1]).toEqual(outcomes[0])
  })
})

test('A figure that differs is named', () => {
  const { figures, ...rest } = results.sqlite
  const other = { ...rest, figures: { ...figures, 'All movies': [] } }
  expect(differences(results.sqlite, other)).toEqual(['All movies'])
})

test('The command prints counts, five figures for each engine, and the lines refused', async () => {
  const script = fileURLToPath(new URL('../main.ts', import.meta.url))
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', tsx, '--conditions=@wherry/source', script, '--all'],
    { cwd: folder },
  )
  for (const title of Object.keys(results.sqlite.figures)) {
    expect(stdout.split(`\n${title}\n`)).toHaveLength(3)
  }
  expect(stdout.match(/movies\.json: 3201 read, 3169 inserted, 32 refused/g)).toHaveLength(2)
  expect(stdout.match(/^movies\.json:\d+ '/gm)).toHaveLength(32)
  expect(stdout).toMatch(/Both engines agree\.\n$/)
  expect(stderr).toContain('\rmemory, seattle-weather.csv: 1461 read, 1461 inserted, 0 refused')
}, 60_000)

const daysWithOneTwice: Source<'weather'> = {
  file: 'days.csv',
  collection: 'weather',
  async *rows() {
    const days = ['2026-01-01', '2026-01-02', '2026-01-01', '2026-01-03', '2026-01-04']
    for (const [index, date] of days.entries()) {
      const cold = { precipitationMm: '0.0', maxCelsius: '1.0', minCelsius: '-1.0', wind: '2.5' }
      yield { line: index + 2, row: { date, kind: 'sun', ...cold } }
    }
  },
}

function linesRefused({ movies }: ImportResult, reason: string): number[] {
  return movies.refusals.filter((row) => row.reason.startsWith(reason)).map(({ line }) => line)
}

/** Sums of fractions depend on their order in their last digits, unlike those of decimals. */
function roundFractions(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) =>
    typeof item === 'number' ? Number(item.toPrecision(12)) : item,
  ) as unknown
}
