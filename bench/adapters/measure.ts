import type { Report, Settings } from '../lib/benchmark.ts'
import { interleave } from '../lib/interleave.ts'
import { contend, contendTogether, writingCases } from './cases.ts'
import { Unavailable, type Database, type Engine } from './engine.ts'
import { joinReports, reportCase, reportTogether } from './report.ts'
import { caseNames, type Subject } from './subject.ts'
import { openWherry } from './subjects/wherry.ts'
import { verify } from './verify.ts'
import { createWorkload, type Workload } from './workload.ts'

// Turns shorter than what disturbs a machine, and many: medians of few long ones differ by a tenth.
const fullPlan = { rounds: 93, turnMs: 20, warmUpMs: 1_000 }
const quickPlan = { rounds: 7, turnMs: 10, warmUpMs: 60 }

type Open = <T extends { close(): Promise<void> }>(opening: Promise<T>) => Promise<T>

/** All subjects on tables that the data service made and filled, each by its own connection. */
export async function measure(engine: Engine, settings: Settings): Promise<Report> {
  const opened: { close(): Promise<void> }[] = []
  const open: Open = async (opening) => {
    const closable = await opening
    opened.unshift(closable)
    return closable
  }
  try {
    const database = await open(engine.create())
    return await measureOn(database, {
      engine: engine.name,
      load: createWorkload(engine.size),
      settings,
      open,
    })
  } finally {
    for (const closable of opened) await closable.close()
  }
}

interface Surroundings {
  readonly engine: string
  readonly load: Workload
  readonly settings: Settings
  /** Waits for what is being opened, and sees to it that it is closed in the end. */
  readonly open: Open
}

async function measureOn(
  database: Database,
  { engine, load, settings, open }: Surroundings,
): Promise<Report> {
  const progress = (message: string) => settings.progress(`${engine}: ${message}`)
  const plan = settings.quick ? quickPlan : fullPlan
  progress('filling the tables')
  const wherry = await open(openWherry(database.adapter()))
  await wherry.fill(load)
  const subjects: Subject[] = [await open(database.openRaw()), wherry]
  for (const openPeer of database.peers) {
    try {
      subjects.push(await open(openPeer()))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      progress(`measured without a peer: ${error.message}`)
    }
  }
  const reset = await open(database.openReset())
  await verify(subjects, load)
  await reset.run()
  const reports: Report[] = []
  for (const name of caseNames) {
    progress(name)
    const contenders = [
      ...subjects.map((subject) => contend(subject, name, load)),
      ...(database.extras?.(name, load) ?? []),
    ]
    const times = await interleave(contenders, {
      ...plan,
      reset: writingCases.has(name) ? () => reset.run() : undefined,
    })
    reports.push(reportCase(engine, name, times))
  }
  if (database.together !== undefined) {
    const { callers, openRaw } = database.together
    progress(`point, ${callers} callers`)
    const contenders = [await open(openRaw()), wherry]
    const times = await interleave(
      contenders.map((reader) => contendTogether(reader, callers, load)),
      plan,
    )
    reports.push(reportTogether(engine, callers, times))
  }
  return joinReports(reports)
}
