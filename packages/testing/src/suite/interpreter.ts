import { createDataService, metaOf, WherryError } from '@wherry/core'
import { schemas, type SchemaName } from '../schemas/all.ts'
import { callMethod, callStep, judge, type Handle, type Scope } from './calls.ts'
import { createClock, type Clock } from './clock.ts'
import { withinDeadline } from './deadline.ts'
import type { EngineDatabase } from './engine.ts'
import { expectFailure, expectValue, Mismatch } from './expect.ts'
import { resolve, valueAt } from './markers.ts'
import { expectMatching, expectPages, expectRow, expectValues } from './read-steps.ts'
import type {
  AlterStep,
  CallStep,
  OpenStep,
  ParallelStep,
  Step,
  ThrowStep,
  TransactionStep,
} from './scenario.ts'
import { isAbandoned, Signals } from './signals.ts'

/** Where steps run: whose methods they call, and what earlier steps kept. */
interface Place {
  readonly scope: string
  readonly results: Map<string, unknown>
}

/** The name of the service that every scenario begins with. */
const mainService = 'data'

/** One run of a scenario's steps against one database. */
export class Interpreter {
  readonly #database: EngineDatabase
  readonly #schema: SchemaName
  readonly #clock: Clock = createClock()
  readonly #scopes = new Map<string, Scope>()
  readonly #services: Scope[] = []
  readonly #signals = new Signals()
  /** How often each step that throws has thrown. */
  readonly #thrown = new Map<ThrowStep, number>()
  /** Calls that no step waits for. */
  readonly #loose: Promise<void>[] = []

  constructor(database: EngineDatabase, schema: SchemaName) {
    this.#database = database
    this.#schema = schema
  }

  /** Makes the service of the scenario, runs the steps, and waits for all that they began. */
  async run(steps: readonly Step[], connected: boolean): Promise<void> {
    const place: Place = { scope: mainService, results: new Map() }
    await withinDeadline(this.#open({ open: mainService, connect: connected ? {} : false }, place))
    await this.#runAll(steps, place)
    await withinDeadline(Promise.all(this.#loose))
  }

  /** Closes every service that was made, whatever became of the steps. */
  async close(): Promise<void> {
    for (const service of this.#services.toReversed()) {
      await withinDeadline(callMethod(service, 'close', []))
    }
  }

  async #runAll(steps: readonly Step[], place: Place): Promise<void> {
    for (const [index, step] of steps.entries()) {
      try {
        const done = this.#run(step, place)
        // What is meant to hang ends with the transaction around it, and has no time of its own.
        await ('hang' in step ? done : withinDeadline(done))
      } catch (error) {
        throw located(error, index)
      }
    }
  }

  async #run(step: Step, place: Place): Promise<void> {
    const { results } = place
    const given = <T>(data: T): T => resolve(data, results) as T
    const handle = (collection: string) => this.#scope(place.scope)[collection] as Handle
    if ('call' in step) return this.#call(step, place)
    if ('row' in step) return expectRow(handle(step.of), given(step))
    if ('values' in step) return expectValues(handle(step.of), given(step))
    if ('matching' in step) return expectMatching(handle(step.of), given(step))
    if ('pages' in step) return expectPages(handle(step.pages), given(step))
    if ('transaction' in step) return this.#transaction(step, place)
    if ('parallel' in step) return this.#parallel(step, place)
    if ('open' in step) return this.#open(step, place)
    // A copy, so that what a scenario alters is not the scenario.
    if ('let' in step) return void results.set(step.let, structuredClone(step.be))
    if ('alter' in step) return alter(step, results)
    if ('check' in step) return expectValue('the value', given(step.check), given(step.gives))
    if ('metaOf' in step) {
      return expectValue('metaOf', metaOf(results.get(step.metaOf)), given(step.gives))
    }
    if ('signal' in step) return this.#signals.give(step.signal)
    if ('await' in step) return this.#signals.wait(step.await)
    if ('throw' in step) return this.#throw(step)
    if ('hang' in step) return new Promise(() => undefined)
    this.#clock.advance(step.advanceMs)
  }

  #call(step: CallStep, { scope, results }: Place): Promise<void> | void {
    const judged = callStep(this.#scope(step.on ?? scope), step, results)
    if (step.unawaited !== true) return judged
    // Judged in the end; until then its failure is no unhandled rejection.
    judged.catch(() => undefined)
    this.#loose.push(judged)
  }

  #transaction(step: TransactionStep, place: Place): Promise<void> {
    let mismatch: Mismatch | undefined
    const closure = async (tx: Scope) => {
      const scope = step.scope ?? `transaction ${this.#scopes.size}`
      this.#scopes.set(scope, tx)
      try {
        await this.#runAll(step.transaction, { ...place, scope })
      } catch (error) {
        if (error instanceof Mismatch) mismatch ??= error
        throw error
      }
      return resolve(step.returns, place.results)
    }
    const on = this.#scope(step.on ?? place.scope)
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
    return judge('transaction', begin, step, place.results)
  }

  async #parallel({ parallel, race }: ParallelStep, { scope, results }: Place): Promise<void> {
    const branches = parallel.map(async (steps) => {
      const own = new Map(results)
      try {
        await this.#runAll(steps, { scope, results: own })
        return own
      } catch (error) {
        if (!isAbandoned(error)) this.#signals.abandon()
        throw error
      }
    })
    const outcomes = await Promise.allSettled(branches)
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
    if (race !== undefined) {
      expectValue('winners', outcomes.length - failures.length, race.winners)
      for (const { reason } of failures) expectFailure('a loser', reason, race.others, false)
    } else if (failures.length > 0) {
      throw (failures.find(({ reason }) => !isAbandoned(reason)) ?? failures[0]!).reason
    }
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') continue
      for (const [name, result] of outcome.value) results.set(name, result)
    }
  }

  async #open(step: OpenStep, { results }: Place): Promise<void> {
    const { open, schema = this.#schema, connect = {}, fails } = step
    const service = createDataService({
      schema: schemas[schema],
      databases: [this.#database.adapter()],
      runtime: this.#clock.runtime,
    })
    const reach = this.#database.reach ?? ((data: unknown) => data as Scope)
    const scope = reach(service, this.#clock.runtime)
    this.#services.push(scope)
    this.#scopes.set(open, scope)
    if (connect === false) return
    const begin = () => callMethod(scope, 'connect', [connect])
    await judge('connect', begin, fails === undefined ? {} : { fails }, results)
  }

  #throw(step: ThrowStep): void {
    const count = (this.#thrown.get(step) ?? 0) + 1
    this.#thrown.set(step, count)
    if (count > (step.times ?? Infinity)) return
    throw step.code === undefined ? new Error(step.throw) : new WherryError(step.code, step.throw)
  }

  #scope(name: string): Scope {
    const scope = this.#scopes.get(name)
    if (scope === undefined) throw new Error(`no service or transaction is called '${name}'`)
    return scope
  }
}

function alter({ alter: place, to }: AlterStep, results: ReadonlyMap<string, unknown>): void {
  const [name = '', ...path] = place.split('.')
  const last = path.pop()!
  const holder = valueAt(results.get(name), path)
  if (typeof holder !== 'object' || holder === null) throw new Mismatch(`${place} is not there`)
  ;(holder as Record<string, unknown>)[last] = to
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
