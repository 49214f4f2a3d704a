import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report, Settings } from '../lib/benchmark.ts'
import { interleave } from '../lib/interleave.ts'
import { contend, contendSync, writingCases } from './cases.ts'
import { openDatabase } from './driver.ts'
import { joinReports, reportCase } from './report.ts'
import { caseNames } from './subject.ts'
import { openDrizzlePlain, openDrizzlePrepared } from './subjects/drizzle.ts'
import { openKysely } from './subjects/kysely.ts'
import { openRaw, rawSubject } from './subjects/raw.ts'
import { openTypeorm } from './subjects/typeorm.ts'
import { openWherry } from './subjects/wherry.ts'
import { verify } from './verify.ts'
import { createWorkload } from './workload.ts'

const fullPlan = { rounds: 31, turnMs: 60, warmUpMs: 600 }
const quickPlan = { rounds: 7, turnMs: 10, warmUpMs: 60 }

/** All subjects on one file that the data service made and filled, each by its own connection. */
export async function measureSqlite(settings: Settings): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-bench-'))
  const opened: { close(): Promise<void> }[] = []
  try {
    const file = join(folder, 'bench.db')
    const open = async <T extends { close(): Promise<void> }>(subject: Promise<T>): Promise<T> => {
      opened.push(await subject)
      return subject
    }
    const load = createWorkload()
    settings.progress('sqlite: filling the table')
    const wherry = await open(openWherry(file))
    await wherry.fill(load)
    const raw = await openRaw(file)
    const subjects = [
      await open(Promise.resolve(rawSubject(raw))),
      wherry,
      await open(openKysely(file)),
      await open(openDrizzlePlain(file)),
      await open(openDrizzlePrepared(file)),
      await open(openTypeorm(file)),
    ]
    await verify(subjects, load)
    const reset = await createReset(file)
    opened.push(reset)
    const reports: Report[] = []
    for (const name of caseNames) {
      settings.progress(`sqlite: ${name}`)
      const contenders = [
        ...subjects.map((s) => contend(s, name, load)),
        contendSync(raw, name, load),
      ]
      const times = await interleave(contenders, {
        ...(settings.quick ? quickPlan : fullPlan),
        reset: writingCases.has(name) ? reset.run : undefined,
      })
      reports.push(reportCase('sqlite', name, times))
    }
    return joinReports(reports)
  } finally {
    for (const { close } of opened) await close()
    rmSync(folder, { recursive: true })
  }
}

/** Takes back what was inserted and empties the WAL, so that every turn starts from the same file. */
async function createReset(file: string) {
  const db = await openDatabase(file)
  const { last } = db.prepare('select max(rowid) as last from emotions').get() as { last: number }
  const remove = db.prepare('delete from emotions where rowid > ?')
  return {
    run(): void {
      remove.run(last)
      db.pragma('wal_checkpoint(truncate)')
    },
    close: async () => void db.close(),
  }
}
