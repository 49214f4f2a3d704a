import { mkdirSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { importInto, type ImportResult } from './import.ts'
import { countsText, differences, figuresText, reasonsText, refusalsText } from './report.ts'

const helpText = `npm start -w examples/import [-- --all]

Imports two files of real data into SQLite (.data/import.db) and into memory, says which lines the
schema refuses and why, and asks both engines the same: exits with 1 if anything differs.

  --all    print every refused line with its reason; else how many have which`

const showAll = readArguments()

// Every run begins with an empty database.
const file = '.data/import.db'
mkdirSync('.data', { recursive: true })
for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true })

const inSqlite = await run('SQLite', sqlite({ file }))
const inMemory = await run('memory', memory())

const refusals = showAll ? refusalsText : reasonsText
console.log(refusals(inSqlite.movies) + refusals(inSqlite.weather))
const differing = differences(inSqlite, inMemory)
const agree = differing.length === 0
console.log(agree ? 'Both engines agree.' : `The engines differ in: ${differing.join('; ')}.`)
process.exitCode = agree ? 0 : 1

/** Imports into one engine, with a line that shows how far it is, and prints what came out. */
async function run(engine: string, database: Adapter): Promise<ImportResult> {
  const result = await importInto(database, (outcome) => {
    process.stderr.write(`\r${engine}, ${countsText(outcome)}`.padEnd(80))
  })
  process.stderr.write('\r'.padEnd(80) + '\r')
  console.log(`${engine}\n  ${countsText(result.movies)}\n  ${countsText(result.weather)}\n`)
  console.log(figuresText(result))
  return result
}

function readArguments(): boolean {
  const options = { all: { type: 'boolean' }, help: { type: 'boolean' } } as const
  try {
    const { all = false, help = false } = parseArgs({ options }).values
    if (!help) return all
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${helpText}`)
    process.exit(1)
  }
  console.log(helpText)
  process.exit(0)
}
