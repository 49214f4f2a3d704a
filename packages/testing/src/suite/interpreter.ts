import { createDataService, metaOf, type ConnectOptions } from '@wherry/core'
import { schemas, type SchemaName } from '../schemas/all.ts'
import { createClock, type Clock } from './clock.ts'
import type { EngineDatabase } from './engine.ts'
import { expectFailure, expectValue, isOfSort, Mismatch, tell } from './expect.ts'
import { resolve, valueAt } from './markers.ts'
import { expectMatching, expectPages, expectRow, expectValues } from './read-steps.ts'
import type {
  AlterStep,
  CallStep,
  Failure,
  OpenStep,
  ParallelStep,
  Step,
  TransactionStep,
} from './scenario.ts'
import { Signals } from './signals.ts'

/** A service or a transaction, as data reaches it: by names. */
export type Scope = Readonly<Record<string, unknown>>
export type Handle = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

/** The name of the service that every scenario begins with. */
const mainService = 'data'

const writes: ReadonlySet<string> = new Set([
  'insert',
  'insertMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'deleteMany',
])

/** One run of a scenario's steps against one database. */
export class Interpreter {
  readonly #database: EngineDatabase
  readonly #schema: SchemaName
  readonly #clock: Clock = createClock()
  readonly #results = new Map<string, unknown>()
  readonly #scopes = new Map<string, Scope>()
  readonly #services: Scope[] = []
  readonly #signals = new Signals()
  /** Calls that no step waits for. */
  readonly #loose: Promise<void>[] = []

  constructor(database: EngineDatabase, schema: SchemaName) {
    this.#database = database
    this.#schema = schema
  }

  /** Makes the service of the scenario, runs the steps, and waits for all that they began. */
  async run(steps: readonly Step[], connected: boolean): Promise<void> {
    await this.#open({ open: mainService, connect: connected ? {} : false })
    await this.#runAll(steps, mainService)
    await Promise.all(this.#loose)
  }

  /** Closes every service that was made, whatever became of the steps. */
  async close(): Promise<void> {
    for (const service of this.#services.toReversed()) await callMethod(service, 'close', [])
  }

  async #runAll(steps: readonly Step[], scope: string): Promise<void> {
    for (const [index, step] of steps.entries()) {
      try {
        await this.#run(step, scope)
      } catch (error) {
        throw located(error, index)
      }
    }
  }

  async #run(step: Step, scope: string): Promise<void> {
    if ('call' in step) return this.#call(step, scope)
    if ('row' in step) return expectRow(this.#handle(scope, step.of), this.#resolved(step))
    if ('values' in step) return expectValues(this.#handle(scope, step.of), this.#resolved(step))
    if ('matching' in step) {
      return expectMatching(this.#handle(scope, step.of), this.#resolved(step))
    }
    if ('pages' in step) return expectPages(this.#handle(scope, step.pages), this.#resolved(step))
    if ('transaction' in step) return this.#transaction(step, scope)
    if ('parallel' in step) return this.#parallel(step, scope)
    if ('open' in step) return this.#open(step)
    // A copy, so that what a scenario alters is not the scenario.
    if ('let' in step) return void this.#results.set(step.let, structuredClone(step.be))
    if ('alter' in step) return this.#alter(step)
    if ('check' in step) {
      return expectValue('the value', this.#resolved(step.check), this.#resolved(step.gives))
    }
    if ('metaOf' in step) {
      const meta = metaOf(valueAt(this.#results.get(step.metaOf), []))
      return expectValue('metaOf', meta, this.#resolved(step.gives))
    }
    if ('signal' in step) return this.#signals.give(step.signal)
    if ('await' in step) return this.#signals.wait(step.await)
    if ('throw' in step) throw new Error(step.throw)
    if ('hang' in step) return new Promise(() => undefined)
    this.#clock.advance(step.advanceMs)
  }

  async #call(step: CallStep, scope: string): Promise<void> {
    const args = this.#resolved(step.with ?? [])
    const on = this.#scope(step.on ?? scope)
    const [first, method] = step.call.split('.') as [string, string?]
    const begin = async () => {
      if (method === undefined) return callMethod(on, first, args)
      const called = begun(() => (on[first] as Handle)[method]!(...args))
      if (method === 'stream') return collect(called as AsyncIterable<unknown>, step.take)
      if (writes.has(method)) await checkMutation(called)
      return called
    }
    const judged = this.#judge(step.call, begin, step, writes.has(method ?? ''))
    if (step.unawaited !== true) return judged
    // Judged in the end; until then its failure is no unhandled rejection.
    judged.catch(() => undefined)
    this.#loose.push(judged)
  }

  /** Waits for a call, and compares it with what its step expects. */
  async #judge(
    what: string,
    begin: () => Promise<unknown>,
    step: { as?: string; gives?: unknown; fails?: Failure },
    isWrite = false,
  ): Promise<void> {
    let result: unknown
    try {
      result = await begin()
    } catch (error) {
      if (error instanceof Mismatch || step.fails === undefined) throw error
      return expectFailure(what, error, this.#resolved(step.fails), isWrite)
    }
    if (step.fails !== undefined) {
      throw new Mismatch(`${what}: expected ${JSON.stringify(step.fails)}, but it succeeded`)
    }
    if (step.as !== undefined) this.#results.set(step.as, result)
    if ('gives' in step) expectValue(what, result, this.#resolved(step.gives))
  }

  #transaction(step: TransactionStep, scope: string): Promise<void> {
    const on = this.#scope(step.on ?? scope)
    let mismatch: Mismatch | undefined
    const closure = async (tx: Scope) => {
      const name = step.scope ?? `transaction ${this.#scopes.size}`
      this.#scopes.set(name, tx)
      try {
        await this.#runAll(step.transaction, name)
      } catch (error) {
        if (error instanceof Mismatch) mismatch ??= error
        throw error
      }
      return this.#resolved(step.returns)
    }
    const args = step.with === undefined ? [closure] : [closure, step.with]
    // A mismatch is news, whatever the transaction makes of it.
    const begin = () =>
      callMethod(on, 'transaction', args).then(
        (value) => {
          if (mismatch !== undefined) throw mismatch
          return value
        },
        (error: unknown) => {
          throw mismatch ?? error
        },
      )
    return this.#judge('transaction', begin, step)
  }

  async #parallel({ parallel, race }: ParallelStep, scope: string): Promise<void> {
    const branches = parallel.map(async (steps) => {
      try {
        await this.#runAll(steps, scope)
      } catch (error) {
        this.#signals.fail(error)
        throw error
      }
    })
    const outcomes = await Promise.allSettled(branches)
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
    if (race === undefined) {
      if (failures.length > 0) throw failures[0]!.reason
      return
    }
    expectValue('winners', outcomes.length - failures.length, race.winners)
    for (const { reason } of failures) expectFailure('a loser', reason, race.others, false)
  }

  async #open({ open, schema = this.#schema, connect = {}, fails }: OpenStep): Promise<void> {
    const service = createDataService({
      schema: schemas[schema],
      databases: [this.#database.adapter()],
      runtime: this.#clock.runtime,
    }) as unknown as Scope
    this.#services.push(service)
    this.#scopes.set(open, service)
    if (connect === false) return
    const begin = () => (service.connect as (options: ConnectOptions) => Promise<void>)(connect)
    await this.#judge('connect', begin, fails === undefined ? {} : { fails })
  }

  #alter({ alter, to }: AlterStep): void {
    const [name = '', ...path] = alter.split('.')
    const last = path.pop()!
    const holder = valueAt(this.#results.get(name), path)
    if (typeof holder !== 'object' || holder === null) throw new Mismatch(`${alter} is not there`)
    ;(holder as Record<string, unknown>)[last] = to
  }

  #resolved<T>(data: T): T {
    return resolve(data, this.#results) as T
  }

  #scope(name: string): Scope {
    const scope = this.#scopes.get(name)
    if (scope === undefined) throw new Error(`no service or transaction is called '${name}'`)
    return scope
  }

  #handle(scope: string, collection: string): Handle {
    return this.#scope(scope)[collection] as Handle
  }
}

/** Calls must reject, not throw: a caller who adds `.catch` must see every failure. */
function begun<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw new Mismatch(`threw ${tell(error)} instead of rejecting`)
  }
}

async function callMethod(on: Scope, method: string, args: readonly unknown[]): Promise<unknown> {
  const call = () => (on as Handle)[method]!(...args)
  // `collection` and `stats` answer at once.
  return method === 'collection' || method === 'stats' ? call() : begun(call)
}

async function checkMutation(mutation: unknown): Promise<void> {
  const { id, queued } = mutation as { id: unknown; queued: Promise<unknown> }
  if (!isOfSort(id, 'id')) throw new Mismatch(`the mutation's id is ${String(id)}`)
  if (typeof (await queued) !== 'boolean') throw new Mismatch("the mutation's 'queued' is unclear")
}

async function collect(rows: AsyncIterable<unknown>, take = Infinity): Promise<unknown[]> {
  const taken: unknown[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length >= take) break
  }
  return taken
}

const places = new WeakMap<object, string>()

/** Remembers at which step an error came up, from the outermost to the innermost. */
function located(error: unknown, index: number): unknown {
  if (typeof error !== 'object' || error === null) return error
  const inner = places.get(error)
  places.set(error, inner === undefined ? `${index + 1}` : `${index + 1}.${inner}`)
  return error
}

/** The number of the step that an error came up at, such as '3' or '3.1'. */
export function placeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? places.get(error) : undefined
}
