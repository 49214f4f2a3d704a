import { fork } from 'node:child_process'
import type { FuzzOptions, FuzzProgress, FuzzReport, Reached } from '@wherry/testing/fuzz'

export type Lane = NonNullable<FuzzOptions['lane']>

export type Tell = (progress: FuzzProgress) => void

/** What a lane tells the process that has started it. */
type Message = { readonly progress: FuzzProgress } | { readonly report: FuzzReport }

/** The part of a run that a process does which was started by `runLanes`. */
export async function runLane(run: (onProgress: Tell) => Promise<FuzzReport>): Promise<void> {
  const send = (message: Message) =>
    new Promise<void>((resolve) => void process.send!(message, () => resolve()))
  const report = await run((progress) => void send({ progress }))
  await send({ report })
  process.disconnect()
}

/** Runs the lanes of a run beside each other, each in a process of its own. */
export async function runLanes(
  of: number,
  start: { readonly script: string; args(lane: string): readonly string[] },
  onProgress: Tell,
): Promise<FuzzReport> {
  const progress: FuzzProgress[] = []
  const reports = await Promise.all(
    Array.from({ length: of }, (_, index) => {
      const child = fork(start.script, start.args(`${index}/${of}`), {
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      return new Promise<FuzzReport>((resolve, reject) => {
        child.on('message', (message: Message) => {
          if ('report' in message) return resolve(message.report)
          progress[index] = message.progress
          onProgress(sumOf(Object.values(progress)))
        })
        child.on('error', reject)
        child.on('exit', (code) => reject(new Error(`A lane of the fuzz ended with ${code}`)))
      })
    }),
  )
  return merged(reports)
}

function merged(reports: readonly FuzzReport[]): FuzzReport {
  const names = Object.keys(reports[0]!.engines)
  const endings = new Map<string, number>()
  for (const report of reports) {
    for (const [ending, count] of report.endings) {
      endings.set(ending, (endings.get(ending) ?? 0) + count)
    }
  }
  return {
    seed: reports[0]!.seed,
    ...sumOf(reports),
    engines: Object.fromEntries(
      names.map((name) => [name, sumOf(reports.map(({ engines }) => engines[name]!))]),
    ),
    failures: reports.flatMap(({ failures }) => failures),
    coverage: reports[0]!.coverage.map((reached, at) =>
      reports.map(({ coverage }) => coverage[at]!).reduce(together, reached),
    ),
    endings,
  }
}

function sumOf(parts: readonly FuzzProgress[]): FuzzProgress {
  return {
    cases: parts.reduce((sum, { cases }) => sum + cases, 0),
    mismatches: parts.reduce((sum, { mismatches }) => sum + mismatches, 0),
  }
}

/** What only both have missed is missing. */
function together(one: Reached, other: Reached): Reached {
  const missing = one.missing.filter((each) => other.missing.includes(each))
  return { ...one, missing, reached: one.total - missing.length }
}
