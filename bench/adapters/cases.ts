import type { Contender } from '../lib/interleave.ts'
import type { CaseName, Subject } from './subject.ts'
import type { RawDriver } from './subjects/raw.ts'
import type { Workload } from './workload.ts'

/** The cases that change the file, so that it must be put back between turns. */
export const writingCases: ReadonlySet<CaseName> = new Set(['insert', 'batch100', 'update'])

/** A subject in one case: one operation after the other, each awaited. */
export function contend(subject: Subject, name: CaseName, load: Workload): Contender {
  const operation = operations(subject, load)[name]
  return {
    name: subject.name,
    async run(first, count) {
      for (let n = first; n < first + count; n++) await operation(n)
    },
  }
}

/** The driver without promises: no baseline for what is asynchronous, but good to know. */
export function contendSync(raw: RawDriver, name: CaseName, load: Workload): Contender {
  const operation = operations(raw, load)[name]
  return {
    name: 'raw, no promises',
    async run(first, count) {
      for (let n = first; n < first + count; n++) operation(n)
    },
  }
}

type Operations = Readonly<Record<CaseName, (n: number) => unknown>>

function operations(subject: Subject | RawDriver, load: Workload): Operations {
  return {
    point: (n) => subject.point(load.id(n)),
    range100: (n) => subject.range100(load.userId(n)),
    insert: (n) => subject.insert(load.input(n)),
    batch100: (n) => subject.batch100(load.batch(n)),
    update: (n) => subject.update(load.id(n), load.patch(n)),
  }
}
