import type { Contender } from '../lib/interleave.ts'
import type { CaseName, Subject } from './subject.ts'
import type { Workload } from './workload.ts'

/** The cases that change the tables, so that these must be put back between turns. */
export const writingCases: ReadonlySet<CaseName> = new Set(['insert', 'batch100', 'update'])

/** Does what a subject does, with or without promises. */
export type Operator = {
  readonly [name in CaseName]: (...given: Parameters<Subject[name]>) => unknown
}

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

/** A driver without promises: no baseline for what is asynchronous, but good to know. */
export function contendSync(driver: Operator, name: CaseName, load: Workload): Contender {
  const operation = operations(driver, load)[name]
  return {
    name: 'raw, no promises',
    async run(first, count) {
      for (let n = first; n < first + count; n++) operation(n)
    },
  }
}

/** Who reads rows by their ids for `callers` at once, each of whom asks for one after the other. */
export function contendTogether(
  { name, point }: Pick<Subject, 'name' | 'point'>,
  callers: number,
  load: Workload,
): Contender {
  return {
    name,
    async run(first, count) {
      let next = first
      const call = async () => {
        while (next < first + count) await point(load.id(next++))
      }
      await Promise.all(Array.from({ length: callers }, call))
    },
  }
}

type Operations = Readonly<Record<CaseName, (n: number) => unknown>>

function operations(operator: Operator, load: Workload): Operations {
  return {
    point: (n) => operator.point(load.id(n)),
    range100: (n) => operator.range100(load.userId(n)),
    insert: (n) => operator.insert(load.input(n)),
    batch100: (n) => operator.batch100(load.batch(n)),
    update: (n) => operator.update(load.id(n), load.patch(n)),
  }
}
