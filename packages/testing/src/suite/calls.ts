import { expectFailure, expectValue, isOfSort, Mismatch, show, tell } from './expect.ts'
import { resolve } from './markers.ts'
import type { CallStep, Failure } from './scenario.ts'

/** A service or a transaction, as data reaches it: by names. */
export type Scope = Readonly<Record<string, unknown>>
export type Handle = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

const writes: ReadonlySet<string> = new Set([
  'insert',
  'insertMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'deleteMany',
])

/** Calls what a step names, and waits for what comes of it; an unexpected failure is thrown. */
export function callStep(on: Scope, step: CallStep, results: Map<string, unknown>): Promise<void> {
  const args = resolve(step.with ?? [], results) as readonly unknown[]
  const [first, method] = step.call.split('.') as [string, string?]
  const begin = async () => {
    if (method === undefined) return callMethod(on, first, args)
    const called = begun(() => (on[first] as Handle)[method]!(...args))
    if (method === 'stream') return collect(called as AsyncIterable<unknown>, step.take)
    if (writes.has(method)) await checkMutation(called)
    return called
  }
  return judge(step.call, begin, step, results, writes.has(method ?? ''))
}

/** What a step expects of a call, and the name under which it keeps the result. */
export interface Expectation {
  readonly as?: string
  readonly gives?: unknown
  readonly fails?: Failure
}

/** Waits for a call, and compares it with what its step expects. */
export async function judge(
  what: string,
  begin: () => Promise<unknown>,
  step: Expectation,
  results: Map<string, unknown>,
  isWrite = false,
): Promise<void> {
  let result: unknown
  try {
    result = await begin()
  } catch (error) {
    if (error instanceof Mismatch || step.fails === undefined) throw error
    return expectFailure(what, error, resolve(step.fails, results) as Failure, isWrite)
  }
  if (step.fails !== undefined) {
    throw new Mismatch(`${what}: expected ${show(step.fails)}, but it succeeded`)
  }
  if (step.as !== undefined) results.set(step.as, result)
  if ('gives' in step) expectValue(what, result, resolve(step.gives, results))
}

/** Calls must reject, not throw: a caller who adds `.catch` must see every failure. */
function begun<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw new Mismatch(`threw ${tell(error)} instead of rejecting`)
  }
}

/** Calls a method of a service or a transaction itself. */
export async function callMethod(
  on: Scope,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const call = () => (on as Handle)[method]!(...args)
  // `collection` and `stats` answer at once.
  return method === 'collection' || method === 'stats' ? call() : begun(call)
}

async function checkMutation(mutation: unknown): Promise<void> {
  const { id, queued } = mutation as { id: unknown; queued: Promise<unknown> }
  if (!isOfSort(id, 'id')) throw new Mismatch(`the mutation's id is ${String(id)}`)
  if (typeof (await queued) !== 'boolean') throw new Mismatch("the mutation's 'queued' is unclear")
}

/** Far more rows than any scenario has. A stream without end might let no timer ring. */
const mostRows = 10_000

/** Reads a stream, or its first rows. */
export async function collect<T>(rows: AsyncIterable<T>, take: number = Infinity): Promise<T[]> {
  const taken: T[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length >= take) break
    if (taken.length > mostRows) throw new Mismatch('the stream does not end')
  }
  return taken
}
