import { copy, scribble } from '../lib/plain.ts'
import { changedBy, type Call, type Single, type Transaction } from '../operation.ts'
import {
  outcomeOf,
  Planned,
  Violation,
  type Outcome,
  type Row,
  type RowsByCollection,
} from '../outcome.ts'
import type { LooseScope, Subject } from '../subject.ts'
import { checks } from './checks.ts'
import { asEither, mayViolateEither } from './either-violation.ts'

/**
 * Does an operation on one subject and tells what came of it. What goes in is scribbled over
 * afterwards, as is what came out once it is copied: nobody may keep or share either.
 */
export async function perform(subject: Subject, operation: Single): Promise<Outcome> {
  subject.runtime.nowMs = operation.atMs
  const outcome = await performOnce(subject, operation)
  const changed = changedBy(operation)
  if (changed.length === 0 || 'violation' in outcome) return outcome
  try {
    return { ...outcome, after: await readAll(subject, changed) }
  } catch (error) {
    return { violation: `the rows can no longer be read: ${String(error)}` }
  }
}

async function performOnce(subject: Subject, operation: Single): Promise<Outcome> {
  const outcome = await attempt(subject, () => {
    if ('transaction' in operation) return performTransaction(subject, operation)
    if ('call' in operation) return performCall(subject.data, operation)
    return checks[operation.check](subject, operation.on, copy(operation.args))
  })
  const isEither = 'call' in operation && mayViolateEither(subject.definition, operation)
  return isEither ? asEither(outcome) : outcome
}

async function attempt({ definition }: Subject, work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work() }
  } catch (error) {
    return outcomeOf(error, definition)
  }
}

export async function performCall(scope: LooseScope, { call, on, args }: Call): Promise<unknown> {
  const given = copy(args)
  try {
    const result = scope.collection(on)[call]!(...given)
    const value: unknown = call === 'stream' ? await collect(result) : await result
    return take(value)
  } finally {
    scribble(given)
  }
}

/** More rows than a case ever has. */
const endless = 10_000

async function collect(rows: unknown): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const row of rows as AsyncIterable<unknown>) {
    all.push(row)
    if (all.length > endless) throw new Violation('a stream does not end')
  }
  return all
}

function take<T>(value: T): T {
  const taken = copy(value)
  scribble(value)
  return taken
}

async function performTransaction(subject: Subject, operation: Transaction): Promise<unknown> {
  const { transaction, fails, catches, joinsFrom = transaction.length } = operation
  const steps: Outcome[] = []
  let isEither = false
  const run = async (scope: LooseScope, calls: readonly Call[]) => {
    for (const call of calls) {
      const step = await attempt(subject, () => performCall(scope, call))
      isEither ||= mayViolateEither(subject.definition, call) && 'failure' in step
      // What it fails with is the cause of all that fails after it.
      steps.push(isEither ? asEither(step) : step)
      if ('violation' in step) throw new Violation(step.violation)
      if ('value' in step || catches) continue
      throw new Planned()
    }
  }
  const ending = await attempt(subject, () =>
    subject.data.transaction(async (tx) => {
      await run(tx, transaction.slice(0, joinsFrom))
      if (joinsFrom < transaction.length) {
        await tx.transaction((joined) => run(joined, transaction.slice(joinsFrom)))
      }
      if (fails) throw new Planned()
    }, transactionOptions(operation)),
  )
  if ('violation' in ending) throw new Violation(ending.violation)
  return { steps, ending: isEither ? asEither(ending) : ending }
}

export function transactionOptions({ actor, mutationId }: Transaction): object {
  return { ...(actor && { actor }), ...(mutationId && { mutationId }) }
}

export async function readAll(
  { data, definition }: Pick<Subject, 'data' | 'definition'>,
  collections: readonly string[],
): Promise<RowsByCollection> {
  const after: Record<string, readonly Row[]> = {}
  for (const name of collections) {
    if (!definition.collections.has(name)) continue
    after[name] = (await data.collection(name).find!()) as Row[]
  }
  return after
}
