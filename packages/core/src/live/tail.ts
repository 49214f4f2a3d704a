import type { ChangeLog, Position } from '../contract/change-log.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import { backoffMs, type Runtime } from '../lib/runtime.ts'
import type { FindPlan } from '../query/ast.ts'
import { normalForm } from '../query/normal-form.ts'
import type { LiveEvent, LiveListener, RowChange } from './live-event.ts'
import { Window } from './window.ts'

interface Subscriber {
  readonly listener: LiveListener
  /** Whether it has had its first event. */
  started: boolean
}

/** One query and everybody who asks it. */
interface Shared {
  readonly window: Window
  readonly subscribers: Set<Subscriber>
  /** Its rows are those of the tail's position. */
  isCurrent: boolean
  changes: RowChange[]
}

const retryBaseMs = 100
const retryCapMs = 5_000

/**
 * The one reader of a database's log in this process: it keeps the windows of all live queries.
 * Everything it does is one step after another, and after each step all windows that are current
 * show the same position.
 */
export class Tail {
  readonly #log: ChangeLog
  readonly #runtime: Runtime
  readonly #shared = new Map<string, Shared>()
  #position: Position | undefined
  #unwatch: (() => void) | undefined
  #isRunning = false
  #isDirty = false
  #failures = 0
  #endPause = () => {}

  constructor(log: ChangeLog, runtime: Runtime) {
    this.#log = log
    this.#runtime = runtime
  }

  /** Listens to a query; the first event has its rows. Returns what ends it. */
  subscribe(plan: FindPlan, listener: LiveListener): () => void {
    const form = normalForm(plan)
    let shared = this.#shared.get(form)
    if (shared === undefined) {
      shared = { window: new Window(plan), subscribers: new Set(), isCurrent: false, changes: [] }
      this.#shared.set(form, shared)
    }
    const { subscribers } = shared
    const subscriber = { listener, started: false }
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

  /** Ends all; nobody is told. */
  stop(): void {
    this.#shared.clear()
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#position = undefined
    this.#endPause()
  }

  #wake(): void {
    this.#isDirty = true
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#isDirty && this.#shared.size > 0) {
      this.#isDirty = false
      try {
        await this.#advance(undefined)
        for (const shared of this.#shared.values()) await this.#refresh(shared)
        // While one was asked anew, others may have come to need it.
        this.#isDirty ||= Array.from(this.#shared.values()).some(({ isCurrent }) => !isCurrent)
        this.#failures = 0
        this.#publish()
      } catch (error) {
        await this.#recover(error)
      }
    }
    this.#isRunning = false
  }

  /** Follows the log up to a position, or to its newest entry. */
  async #advance(upTo: Position | undefined): Promise<void> {
    while (this.#position !== undefined && this.#position !== upTo) {
      const { changes, position } = await this.#log.read(this.#position, upTo)
      const done = changes.length === 0 || position === this.#position
      for (const change of changes) {
        for (const shared of this.#shared.values()) {
          const { window, isCurrent } = shared
          if (!isCurrent || window.plan.collection !== change.collection) continue
          shared.changes.push(...window.apply(change))
          // Changes that follow are in the rows which it will be given.
          if (window.needsRefill) shared.isCurrent = false
        }
      }
      this.#position = position
      if (done) return
    }
  }

  /** Asks the database, where the log alone does not tell what the rows are. */
  async #refresh(shared: Shared): Promise<void> {
    if (shared.isCurrent) return
    const { rows, position } = await this.#log.snapshot(shared.window.plan)
    await this.#advance(position)
    this.#position = position
    shared.changes.push(...shared.window.replace(rows))
    shared.isCurrent = true
  }

  /** Tells everybody what has become of their rows since they were last told. */
  #publish(): void {
    for (const shared of this.#shared.values()) {
      if (!shared.isCurrent) continue
      const { changes } = shared
      shared.changes = []
      const event = { rows: shared.window.rows, status: 'live', position: this.#position! } as const
      for (const subscriber of shared.subscribers) {
        if (subscriber.started && changes.length > 0) tell(subscriber, { ...event, changes })
        if (!subscriber.started) tell(subscriber, { ...event, changes: [] })
        subscriber.started = true
      }
    }
  }

  /** Begins anew after a failure: at once where the position is lost, else when it may work again. */
  async #recover(error: unknown): Promise<void> {
    for (const shared of this.#shared.values()) shared.isCurrent = false
    this.#position = undefined
    this.#isDirty = true
    if (isWherryError(error) && error.code === 'PositionLost') return
    for (const { window, subscribers } of this.#shared.values()) {
      const event = { rows: window.rows, changes: [], status: 'error', error } as const
      for (const subscriber of subscribers) tell(subscriber, event)
    }
    await this.#pause(backoffMs(this.#runtime, this.#failures++, retryBaseMs, retryCapMs))
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#runtime.setTimeout(resolve, delayMs)
      this.#endPause = () => {
        this.#runtime.clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** A listener that throws fails as an unhandled rejection, and not those who are told after it. */
function tell({ listener }: Subscriber, event: LiveEvent): void {
  void (async () => listener(event))()
}
