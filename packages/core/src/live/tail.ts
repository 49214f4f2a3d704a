import type { Change, ChangeLog, Position } from '../contract/change-log.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import { backoffMs, type Runtime, type Timer } from '../lib/runtime.ts'
import type { FindPlan } from '../query/ast.ts'
import { normalForm } from '../query/normal-form.ts'
import type { Row } from '../schema/definition.ts'
import type { LiveEvent, LiveListener, RowChange } from './live-event.ts'
import { Window } from './window.ts'

interface Subscriber {
  readonly listener: LiveListener
  /** Whether it has had rows that are the database's. */
  hasRows: boolean
  /** Whether the last that it was told is an error. */
  hasError: boolean
}

/** One query and everybody who asks it. */
interface Shared {
  readonly window: Window
  readonly subscribers: Set<Subscriber>
  /** Its rows are those of the tail's position. */
  isCurrent: boolean
  /** Why it is not, when the database could not be asked. */
  error: unknown
  /** The rows as they were told last, and what has changed since. */
  shown: readonly Row[]
  changes: RowChange[]
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
      shared = createShared(plan)
      this.#shared.set(form, shared)
    }
    const { subscribers } = shared
    const subscriber = { listener, hasRows: false, hasError: false }
    subscribers.add(subscriber)
    this.#unwatch ??= this.#log.watch(() => this.#wake())
    this.#wake()
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size > 0 || this.#shared.get(form)?.subscribers !== subscribers) return
      this.#shared.delete(form)
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
    for (const { subscribers } of this.#shared.values()) subscribers.clear()
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
    if (!Array.from(this.#shared.values()).some(({ isCurrent }) => isCurrent)) {
      this.#position = undefined
    }
    await this.#advance(undefined)
    const pending = Array.from(this.#shared.values()).filter(isPending)
    for (const shared of pending.slice(0, maxAsked)) await this.#refresh(shared)
    // While one was asked anew, others may have come to need it.
    this.#isDirty ||= Array.from(this.#shared.values()).some(isPending)
  }

  /** Follows the log up to a position, or to its newest entry. Where it cannot, all ask anew. */
  async #advance(upTo: Position | undefined): Promise<void> {
    try {
      for (let batches = 0; this.#position !== undefined && this.#position !== upTo; batches++) {
        if (batches > 1) await this.#nextTurn()
        const { changes, position } = await this.#log.read(this.#position, upTo)
        if (position === this.#position) return
        for (const change of changes) {
          for (const shared of this.#shared.values()) follow(shared, change)
        }
        this.#position = position
      }
    } catch (error) {
      const isLost = isWherryError(error) && error.code === 'PositionLost'
      for (const shared of this.#shared.values()) {
        if (shared.isCurrent && !isLost) shared.error = error
        shared.isCurrent = false
      }
      this.#position = undefined
    }
  }

  /** Asks the database, where the log alone does not tell what the rows are. */
  async #refresh(shared: Shared): Promise<void> {
    try {
      const { rows, position } = await this.#log.snapshot(shared.window.plan)
      await this.#advance(position)
      this.#position = position
      shared.changes = shared.changes.concat(shared.window.replace(rows))
      shared.isCurrent = true
    } catch (error) {
      shared.error = error
    }
  }

  /** Tells everybody what has become of their rows since they were last told. */
  #publish(): void {
    const position = this.#position
    for (const shared of this.#shared.values()) {
      if (shared.isCurrent) showRows(shared, position!)
      else if (shared.error !== undefined) showError(shared)
    }
  }

  /** Those that have an error are asked anew after a while; the others go on meanwhile. */
  #planRetry(): void {
    const hasFailed = Array.from(this.#shared.values()).some(({ error }) => error !== undefined)
    if (!hasFailed) this.#failures = 0
    if (!hasFailed || this.#retry !== undefined) return
    this.#retry = this.#runtime.setTimeout(
      () => {
        this.#retry = undefined
        for (const shared of this.#shared.values()) shared.error = undefined
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
    if (Array.from(this.#shared.values()).some(isBehind)) return
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ after }) => after >= pass)
    for (const { after, resolve } of waiting) if (after < pass) resolve()
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#runtime.setImmediate(resolve))
  }
}

function createShared(plan: FindPlan): Shared {
  const window = new Window(plan)
  const rows = { shown: window.rows, changes: [] }
  return { window, subscribers: new Set(), isCurrent: false, error: undefined, ...rows }
}

function follow(shared: Shared, change: Change): void {
  const { window, isCurrent } = shared
  if (!isCurrent || window.plan.collection !== change.collection) return
  shared.changes.push(...window.apply(change))
  // Changes that follow are in the rows which it will be given.
  if (window.needsRefill) shared.isCurrent = false
}

function isPending({ isCurrent, error }: Shared): boolean {
  return !isCurrent && error === undefined
}

/** Whether its rows are still to come; a query that fails for what is in its table has no others. */
function isBehind({ isCurrent, error }: Shared): boolean {
  const isItsOwn =
    isWherryError(error) && (error.code === 'CorruptValue' || error.code === 'SchemaMismatch')
  return !isCurrent && !isItsOwn
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
