import type { Change, ChangeLog, Position } from '../contract/change-log.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import type { Runtime } from '../lib/runtime.ts'
import { normalForm } from '../query/normal-form.ts'
import type { CollectionDefinition } from '../schema/definition.ts'
import { createView } from './create-view.ts'
import type { FeedListener } from './feed-event.ts'
import type { FeedPlan } from './feed-plan.ts'
import { Feeds } from './feeds.ts'
import type { LiveListener } from './live-event.ts'
import { LiveIndex } from './live-index.ts'
import { isItsOwn, Questions } from './questions.ts'
import { Shared } from './shared.ts'
import { tooManyAsked } from './too-many-rows.ts'
import type { LivePlan, ViewSite } from './view.ts'

/**
 * The one reader of a database's log in this process: it keeps the views of all live queries.
 * It works in passes, one after another. After each all views that are current show the same
 * position, and the others have an error, or rest until another pass asks for what they hold.
 */
export class Tail {
  readonly #log: ChangeLog
  readonly #runtime: Runtime
  readonly #site: ViewSite<Shared>
  readonly #shared = new Map<string, Shared>()
  readonly #indexes = new Map<CollectionDefinition, LiveIndex<Shared>>()
  readonly #feeds = new Feeds()
  readonly #questions: Questions
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

  constructor(log: ChangeLog, runtime: Runtime, maxRows: number) {
    this.#log = log
    this.#runtime = runtime
    this.#site = { maxRows, indexOf: (collection) => this.#indexOf(collection) }
    this.#questions = new Questions(runtime, () => this.#wake())
  }

  /** Refuses a query that asks for more rows than a view may hold. */
  check({ limit }: LivePlan): void {
    const { maxRows } = this.#site
    if (limit !== undefined && limit > maxRows) throw tooManyAsked(limit, maxRows)
  }

  /** Listens to a query; the first event has its rows. Returns what ends it. */
  subscribe(plan: LivePlan, listener: LiveListener): () => void {
    const form = normalForm(plan)
    const shared = this.#shared.get(form) ?? this.#follow(form, plan)
    this.#untold.add(shared)
    const leave = shared.add(listener)
    this.#unwatch ??= this.#watch()
    this.#wake()
    return () => {
      if (!leave() || this.#shared.get(form) !== shared) return
      this.#shared.delete(form)
      this.#drop(shared)
      if (this.#isIdle) this.stop()
    }
  }

  /**
   * Listens to the changes of rows that match, from now on; the first event has none. Returns what
   * ends it.
   */
  follow(plan: FeedPlan, listener: FeedListener): () => void {
    const leave = this.#feeds.add(plan, listener)
    this.#unwatch ??= this.#watch()
    this.#wake()
    return () => {
      leave()
      if (this.#isIdle) this.stop()
    }
  }

  /** While there is a promise, not all who follow changes are certain to be told the next one. */
  get starting(): Promise<void> | undefined {
    return this.#feeds.starting
  }

  /**
   * Resolves once every live query shows what was committed before this call: at once where there
   * are none, and when the tail is stopped; while the database cannot be read it waits.
   */
  delivered(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ after: this.#passes, resolve })
      this.#wake()
    })
  }

  /** Ends all; nobody is told. */
  stop(): void {
    for (const shared of this.#shared.values()) this.#drop(shared)
    this.#shared.clear()
    this.#feeds.clear()
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#questions.stop()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  get #isIdle(): boolean {
    return this.#shared.size === 0 && this.#feeds.isEmpty
  }

  #watch(): () => void {
    return this.#log.watch(
      () => this.#wake(),
      () => this.#position,
    )
  }

  #wake(): void {
    this.#isDirty = true
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#isDirty && !this.#isIdle) {
      // What is committed in one turn of the event loop is told at once.
      await this.#nextTurn()
      this.#isDirty = false
      this.#passes++
      await this.#catchUp()
      this.#publish()
      // While some were asked anew, others may have come to need it.
      this.#isDirty = this.#questions.plan(this.#feeds.error !== undefined) || this.#isDirty
      this.#release()
    }
    this.#isRunning = false
  }

  async #catchUp(): Promise<void> {
    const areAllBehind = this.#questions.size === this.#shared.size
    if (areAllBehind && !this.#feeds.isFollowing) this.#position = undefined
    this.#feeds.recover()
    if (this.#feeds.waiting.length > 0) await this.#beginFeeds()
    await this.#advance(undefined)
    const due = this.#questions.due()
    if (due.length > 0) await this.#ask(due)
  }

  /** Lets those who wait for it follow the log from its newest position. */
  async #beginFeeds(): Promise<void> {
    const { waiting } = this.#feeds
    try {
      const head = await this.#log.head()
      if (!(await this.#advance(head))) return
      this.#position = head
      this.#feeds.begin(waiting, head)
    } catch (error) {
      this.#feeds.fail(error)
    }
  }

  /**
   * Follows the log up to a position, or to its newest entry. Where it cannot, all ask anew. Returns
   * false where the tail has to try again from where it is, since somebody follows the changes.
   */
  async #advance(upTo: Position | undefined): Promise<boolean> {
    try {
      let isThere = this.#position === undefined || this.#position === upTo
      for (let batches = 0; !isThere; batches++) {
        if (batches > 0) await this.#nextTurn()
        const { changes, position, isWhole } = await this.#log.read(this.#position!, upTo)
        for (const change of changes) this.#apply(change)
        this.#position = position
        isThere = isWhole
      }
    } catch (error) {
      const isLost = isWherryError(error) && error.code === 'PositionLost'
      for (const shared of this.#shared.values()) {
        if (!shared.isCurrent) continue
        this.#questions.add(shared, this.#passes)
        if (!isLost) this.#fail(shared, error)
      }
      if (isLost) this.#feeds.lose(this.#position!)
      else if (this.#feeds.isFollowing) this.#feeds.fail(error)
      if (this.#feeds.error !== undefined) return false
      this.#isDirty ||= this.#feeds.waiting.length > 0
      this.#position = undefined
    }
    return true
  }

  #apply(change: Change): void {
    const index = this.#indexes.get(change.collection)
    this.#feeds.follow(change)
    for (const shared of index?.touchedBy(change) ?? []) {
      // What comes behind is in the answer that the others will be given.
      if (!shared.isCurrent) continue
      shared.view.apply(change)
      this.#untold.add(shared)
      if (shared.view.isStale) this.#questions.add(shared, this.#passes)
    }
  }

  /** Asks the database, all of one snapshot, where the log alone does not tell what the rows are. */
  async #ask(due: readonly Shared[]): Promise<void> {
    const collections = new Set(due.flatMap(({ view }) => view.collections))
    try {
      const { value: answers, position } = await this.#log.snapshot(
        Array.from(collections),
        async (reader) => {
          const found: (readonly [shared: Shared, take: () => void, askedMs: number])[] = []
          for (const shared of due) {
            const start = this.#runtime.monotonic()
            const take = await shared.view.ask(reader)
            found.push([shared, take, this.#runtime.monotonic() - start])
          }
          return found
        },
      )
      if (!(await this.#advance(position))) return this.#failAll(due, this.#feeds.error)
      this.#position = position
      for (const [shared, take, askedMs] of answers) {
        if (!this.#questions.has(shared)) continue
        const start = this.#runtime.monotonic()
        take()
        this.#questions.answered(shared, askedMs + this.#runtime.monotonic() - start)
        shared.isCurrent = true
        this.#untold.add(shared)
      }
    } catch (error) {
      // It may be the fault of one of them; where the database is away, it is not.
      const isAway = isWherryError(error) && awayCodes.has(error.code)
      if (due.length === 1 || isAway) return this.#failAll(due, error)
      for (const shared of due) await this.#ask([shared])
    }
  }

  #failAll(due: readonly Shared[], error: unknown): void {
    for (const shared of due) this.#fail(shared, error)
  }

  /** Unless nobody listens any more. */
  #fail(shared: Shared, error: unknown): void {
    if (!this.#questions.has(shared)) return
    this.#questions.failed(shared, error)
    this.#untold.add(shared)
  }

  /** Tells everybody what has become of their rows since they were last told. */
  #publish(): void {
    this.#feeds.publish(this.#position)
    for (const shared of this.#untold) {
      if (this.#questions.has(shared)) continue
      this.#untold.delete(shared)
      shared.tell(this.#position)
    }
  }

  /** Lets go whose passes have been, unless what was to be asked until then is still to come. */
  #release(): void {
    const { error, waiting: beginning } = this.#feeds
    if (error === undefined ? beginning.length > 0 : !isItsOwn(error)) return
    const { oldest } = this.#questions
    const isDone = (after: number) => after < this.#passes && after + 1 < oldest
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ after }) => !isDone(after))
    for (const { after, resolve } of waiting) if (isDone(after)) resolve()
  }

  #follow(form: string, plan: LivePlan): Shared {
    const shared = new Shared((self) => createView(plan, this.#site, self))
    this.#shared.set(form, shared)
    this.#questions.add(shared, this.#passes)
    return shared
  }

  #indexOf(collection: CollectionDefinition): LiveIndex<Shared> {
    let index = this.#indexes.get(collection)
    if (index === undefined) {
      index = new LiveIndex(collection, this.#log.hidesReplaced)
      this.#indexes.set(collection, index)
    }
    return index
  }

  #drop(shared: Shared): void {
    shared.leave()
    this.#questions.drop(shared)
    this.#untold.delete(shared)
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#runtime.setImmediate(resolve))
  }
}

const awayCodes: ReadonlySet<string> = new Set(['DatabaseUnavailable', 'NotConnected'])
