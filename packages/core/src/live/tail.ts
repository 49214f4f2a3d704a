import type { Change, ChangeLog, Position } from '../contract/change-log.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import { backoffMs, type Runtime, type Timer } from '../lib/runtime.ts'
import type { FindPlan } from '../query/ast.ts'
import { normalForm } from '../query/normal-form.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { LiveEvent, LiveListener, RowChange } from './live-event.ts'
import { LiveIndex } from './live-index.ts'
import { Window } from './window.ts'

interface Subscriber {
  readonly listener: LiveListener
  /** Whether it has had rows that are the database's. */
  hasRows: boolean
  /** Whether the last that it was told is an error. */
  hasError: boolean
}

/** One query and everybody who asks it. */
class Shared {
  readonly window: Window
  readonly subscribers = new Set<Subscriber>()
  /** Takes it out of the index. */
  readonly leave: () => void
  /** Its rows are those of the tail's position. */
  isCurrent = false
  /** Why it is not, when the database could not be asked. */
  error: unknown
  /** The rows as they were told last, and what has changed since. */
  shown: readonly Row[]
  changes: RowChange[] = []

  constructor(plan: FindPlan, index: LiveIndex<Shared>) {
    this.window = new Window(plan, index.holdingsOf(this))
    this.leave = index.add(plan.filter, this)
    this.shown = this.window.rows
  }
}

/** How many queries are asked anew before others have their turn. */
const maxAsked = 4
const retryBaseMs = 100
const retryCapMs = 5_000

/**
 * The one reader of a database's log in this process: it keeps the windows of all live queries.
 * It works in passes, one after another. After each all windows that are current show the same
 * position, and the others have an error, or another pass follows.
 */
export class Tail {
  readonly #log: ChangeLog
  readonly #runtime: Runtime
  readonly #shared = new Map<string, Shared>()
  readonly #indexes = new Map<CollectionDefinition, LiveIndex<Shared>>()
  /** Those whose rows are to be asked for. */
  readonly #pending = new Set<Shared>()
  /** Those whose rows could not be had; asked for anew after a while. */
  readonly #failed = new Set<Shared>()
  /** Those of which there is something to tell. */
  readonly #untold = new Set<Shared>()
  #position: Position | undefined
  #unwatch: (() => void) | undefined
  #isRunning = false
  #isDirty = false
  /** How many passes have begun. */
  #passes = 0
  /** Who waits for a pass that begins after this one. */
  #waiting: { readonly after: number; readonly resolve: () => void }[] = []
  #failures = 0
  #retry: Timer

  constructor(log: ChangeLog, runtime: Runtime) {
    this.#log = log
    this.#runtime = runtime
  }

  /** Listens to a query; the first event has its rows. Returns what ends it. */
  subscribe(plan: FindPlan, listener: LiveListener): () => void {
    const form = normalForm(plan)
    let shared = this.#shared.get(form)
    if (shared === undefined) {
      shared = new Shared(plan, this.#indexOf(plan))
      this.#shared.set(form, shared)
      this.#pending.add(shared)
    }
    this.#untold.add(shared)
    const { subscribers } = shared
    const subscriber = { listener, hasRows: false, hasError: false }
    subscribers.add(subscriber)
    this.#unwatch ??= this.#log.watch(() => this.#wake())
    this.#wake()
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size > 0 || this.#shared.get(form)?.subscribers !== subscribers) return
      this.#shared.delete(form)
      this.#drop(shared)
      if (this.#shared.size === 0) this.stop()
    }
  }

  /**
   * Resolves once every live query shows what was committed before this call: at once where there
   * are none, and when the tail is stopped; while the database cannot be read it waits.
   */
  delivered(): Promise<void> {
    if (this.#shared.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ after: this.#passes, resolve })
      this.#wake()
    })
  }

  /** Ends all; nobody is told. */
  stop(): void {
    for (const shared of this.#shared.values()) this.#drop(shared)
    this.#shared.clear()
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#endRetry()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  #wake(): void {
    this.#isDirty = true
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#isDirty && this.#shared.size > 0) {
      // What is committed in one turn of the event loop is told at once.
      await this.#nextTurn()
      this.#isDirty = false
      const pass = ++this.#passes
      await this.#catchUp()
      this.#publish()
      this.#planRetry()
      this.#release(pass)
    }
    this.#isRunning = false
  }

  async #catchUp(): Promise<void> {
    const areAllBehind = this.#pending.size + this.#failed.size === this.#shared.size
    if (areAllBehind) this.#position = undefined
    await this.#advance(undefined)
    for (const shared of Array.from(this.#pending).slice(0, maxAsked)) await this.#refresh(shared)
    // While one was asked anew, others may have come to need it.
    this.#isDirty ||= this.#pending.size > 0
  }

  /** Follows the log up to a position, or to its newest entry. Where it cannot, all ask anew. */
  async #advance(upTo: Position | undefined): Promise<void> {
    try {
      for (let batches = 0; this.#position !== undefined && this.#position !== upTo; batches++) {
        if (batches > 1) await this.#nextTurn()
        const { changes, position } = await this.#log.read(this.#position, upTo)
        if (position === this.#position) return
        for (const change of changes) this.#follow(change)
        this.#position = position
      }
    } catch (error) {
      const isLost = isWherryError(error) && error.code === 'PositionLost'
      for (const shared of this.#shared.values()) {
        if (!shared.isCurrent) continue
        shared.isCurrent = false
        if (isLost) this.#pending.add(shared)
        else this.#fail(shared, error)
      }
      this.#position = undefined
    }
  }

  #follow(change: Change): void {
    const index = this.#indexes.get(change.collection)
    for (const shared of index?.touchedBy(change) ?? []) {
      const { window, isCurrent } = shared
      if (!isCurrent) continue
      shared.changes.push(...window.apply(change))
      this.#untold.add(shared)
      if (!window.needsRefill) continue
      // Changes that follow are in the rows which it will be given.
      shared.isCurrent = false
      this.#pending.add(shared)
    }
  }

  /** Asks the database, where the log alone does not tell what the rows are. */
  async #refresh(shared: Shared): Promise<void> {
    try {
      const { rows, position } = await this.#log.snapshot(shared.window.plan)
      await this.#advance(position)
      this.#position = position
      if (!this.#pending.delete(shared)) return
      shared.changes = shared.changes.concat(shared.window.replace(rows))
      shared.isCurrent = true
      this.#untold.add(shared)
    } catch (error) {
      if (this.#pending.has(shared)) this.#fail(shared, error)
    }
  }

  #fail(shared: Shared, error: unknown): void {
    shared.error = error
    this.#pending.delete(shared)
    this.#failed.add(shared)
    this.#untold.add(shared)
  }

  /** Tells everybody what has become of their rows since they were last told. */
  #publish(): void {
    const position = this.#position
    for (const shared of this.#untold) {
      if (this.#pending.has(shared)) continue
      this.#untold.delete(shared)
      if (shared.isCurrent) showRows(shared, position!)
      else showError(shared)
    }
  }

  /** Those that have an error are asked anew after a while; the others go on meanwhile. */
  #planRetry(): void {
    if (this.#failed.size === 0) this.#failures = 0
    if (this.#failed.size === 0 || this.#retry !== undefined) return
    this.#retry = this.#runtime.setTimeout(
      () => {
        this.#retry = undefined
        for (const shared of this.#failed) {
          shared.error = undefined
          this.#pending.add(shared)
        }
        this.#failed.clear()
        this.#wake()
      },
      backoffMs(this.#runtime, this.#failures++, retryBaseMs, retryCapMs),
    )
  }

  #endRetry(): void {
    if (this.#retry !== undefined) this.#runtime.clearTimeout(this.#retry)
    this.#retry = undefined
    this.#failures = 0
  }

  /** Lets go who waited for this pass, unless somebody's rows are still to come. */
  #release(pass: number): void {
    if (this.#pending.size > 0 || Array.from(this.#failed).some(isBehind)) return
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ after }) => after >= pass)
    for (const { after, resolve } of waiting) if (after < pass) resolve()
  }

  #indexOf({ collection }: FindPlan): LiveIndex<Shared> {
    let index = this.#indexes.get(collection)
    if (index === undefined) this.#indexes.set(collection, (index = new LiveIndex(collection)))
    return index
  }

  #drop(shared: Shared): void {
    shared.subscribers.clear()
    shared.leave()
    shared.window.letGo()
    this.#pending.delete(shared)
    this.#failed.delete(shared)
    this.#untold.delete(shared)
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#runtime.setImmediate(resolve))
  }
}

/** Whether its rows are still to come; a query that fails for what is in its table has no others. */
function isBehind({ error }: Shared): boolean {
  const isItsOwn =
    isWherryError(error) && (error.code === 'CorruptValue' || error.code === 'SchemaMismatch')
  return !isItsOwn
}

function showRows(shared: Shared, position: Position): void {
  const { window, subscribers, changes } = shared
  const { rows } = window
  shared.shown = rows
  shared.changes = []
  for (const subscriber of subscribers) {
    const { hasRows, hasError } = subscriber
    if (hasRows && !hasError && changes.length === 0) continue
    subscriber.hasRows = true
    subscriber.hasError = false
    tell(subscriber, { rows, changes: hasRows ? changes : [], status: 'live', position })
  }
}

function showError({ shown, subscribers, error }: Shared): void {
  for (const subscriber of subscribers) {
    if (subscriber.hasError) continue
    subscriber.hasError = true
    tell(subscriber, { rows: shown, changes: [], status: 'error', error })
  }
}

/** A listener that throws fails as an unhandled rejection, and not those who are told after it. */
function tell({ listener }: Subscriber, event: LiveEvent): void {
  void (async () => listener(event))()
}
