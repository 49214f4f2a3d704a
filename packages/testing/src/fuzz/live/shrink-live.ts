import { systemRuntime } from '@wherry/core'
import { noneIfInvalid } from '../run/rerun.ts'
import type { Engine } from '../subject.ts'
import { followAll } from './follow-all.ts'
import type { LiveFault } from './judge.ts'
import type { LiveCase } from './live-case.ts'

/** Leaves out queries and steps of a case as long as it still shows a fault, and time is left. */
export async function shrinkLive(
  engine: Engine,
  found: LiveCase,
  fault: LiveFault,
  variant: number,
  budgetMs: number,
): Promise<LiveFault & { readonly case: LiveCase }> {
  const deadline = systemRuntime.monotonic() + budgetMs
  let smallest = { ...fault, case: found }
  const attempt = async (smaller: LiveCase): Promise<boolean> => {
    if (systemRuntime.monotonic() >= deadline) return false
    const steps = [...smaller.steps]
    const run = await followAll(engine, smaller, variant, () => steps.shift()).catch(noneIfInvalid)
    if (run?.fault === undefined) return false
    smallest = { ...run.fault, case: smaller }
    return true
  }
  await attempt({ ...found, queries: [fault.wish] })
  for (let size = Math.ceil(found.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.case.steps.length;) {
      const steps = smallest.case.steps.toSpliced(start, size)
      if (!(await attempt({ ...smallest.case, steps }))) start += size
    }
  }
  return smallest
}
