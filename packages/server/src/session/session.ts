import {
  closeCodes,
  maxAtOnce,
  type Answer,
  type CloseReason,
  type Down,
  type Up,
} from '@wherry/core/protocol'
import type { Channels } from '../channels/channels.ts'
import type { Subscription } from '../channels/subscription.ts'
import { handle } from '../handlers/handle.ts'
import type { Settings } from '../options.ts'
import type { Connection, Transport } from '../transport/transport.ts'
import { mostLength, Outbox, type Outgoing } from './outbox.ts'
import { Presences } from './presences.ts'
import { readFrame } from './read-frame.ts'
import type { Turn } from './turn.ts'
import { Violation } from './violation.ts'

const helloTimeoutMs = 10_000
const silenceMs = 120_000
/** Frames that wait for the welcome. */
const maxEarlyFrames = 100
/**
 * What waits beyond this, in UTF-16 units, together with what is on its way comes to 1 MiB: then the
 * connection is closed if its client has stopped to read, which a slow network alone can look like.
 */
const stuckLength = 512 * 1024
const stuckMs = 10_000

/** What a client asks for and hears the end of: under its id, and as far as its collection goes. */
export interface Call {
  readonly id: number
  readonly collection: string
}

/** What the sessions of a gateway have in common. */
export interface Shared {
  readonly settings: Settings
  readonly channels: Channels
  readonly turn: Turn
  /** The connection of a session is gone. */
  gone(session: Session): void
}

/** What is done for a call, and answered. */
type Work = () => Promise<Pick<Answer, 'value' | 'asOf'>>

type State =
  | { readonly is: 'new' }
  /** Hello has come, and the welcome is not sent yet; what follows waits for it. */
  | { readonly is: 'greeting'; readonly frames: Iterator<Up>[] }
  | { readonly is: 'open' }
  /** What is under way may finish; nothing more is begun. */
  | { readonly is: 'finishing' }
  | { readonly is: 'closed' }

const isNew: State = { is: 'new' }
const isOpen: State = { is: 'open' }

/**
 * One client's connection: what it asks for, in the order of the protocol. There are many, and most
 * are idle: what is for what goes on is there while something does.
 */
export class Session implements Connection {
  readonly subscriptions: Map<number, Subscription> = new Map()
  /** Few clients are present anywhere. */
  #presences: Presences | undefined
  readonly #shared: Shared
  readonly #transport: Transport
  readonly #outbox: Outbox
  #calls: Set<number> | undefined
  #state: State = isNew
  #lastHeard: number
  /** The mutations that have come; reads wait for those that came before them. */
  #mutations: Promise<void> | undefined
  #settled: string[] | undefined
  #takenBefore = 0
  /** When it was last seen to be read, or to have little unread. */
  #readAt: number
  /** Reads that begin when there is room for their answers. */
  #waiting: (() => void)[] | undefined
  #whenIdle: (() => void) | undefined

  constructor(transport: Transport, shared: Shared) {
    this.#shared = shared
    this.#transport = transport
    this.#outbox = new Outbox(transport, shared.turn)
    this.#lastHeard = this.#readAt = shared.settings.gate.runtime.monotonic()
  }

  get settings(): Settings {
    return this.#shared.settings
  }

  get channels(): Channels {
    return this.#shared.channels
  }

  receive(text: string): void {
    const state = this.#state
    if (state.is === 'closed') return
    // Whoever does not say hello is not heard, however much it says.
    if (state.is !== 'new') this.#lastHeard = this.settings.gate.runtime.monotonic()
    const messages = readFrame(text)
    if (state.is !== 'greeting') return this.#takeAll(messages)
    state.frames.push(messages)
    if (state.frames.length > maxEarlyFrames) this.close('TooMany')
  }

  drained(): void {
    this.#outbox.flush()
    if (this.isBlocked) return
    for (const subscription of this.subscriptions.values()) subscription.catchUp()
    this.#admit()
  }

  get presences(): Presences {
    return (this.#presences ??= new Presences(this.settings))
  }

  violate(reason: CloseReason): void {
    this.close(reason)
  }

  closed(): void {
    this.#end()
    this.#shared.gone(this)
  }

  close(reason: CloseReason, text: string = reason): void {
    if (this.#state.is === 'closed') return
    this.#outbox.close()
    this.#end()
    // A close frame has room for 123 bytes of reason, which may quote what the client has sent.
    this.#transport.close(closeCodes[reason].code, text.replace(/[^ -~]/g, '?').slice(0, 123))
  }

  send(message: Outgoing): void {
    if (this.#state.is === 'closed') return
    this.#outbox.add(message)
    if (this.#outbox.backlog > mostLength) this.close('TooSlow')
  }

  get isClosed(): boolean {
    return this.#state.is === 'closed'
  }

  /** Its client has so much unread that changes had better wait, and be told as what they come to. */
  get isBlocked(): boolean {
    return this.#outbox.isBlocked
  }

  /** Hello has come: what follows waits until `welcome` has been sent. */
  async greet(welcome: Promise<Down>): Promise<void> {
    const frames: Iterator<Up>[] = []
    this.#state = { is: 'greeting', frames }
    this.send(await welcome)
    if (this.#state.is !== 'greeting') return
    this.#state = isOpen
    for (const frame of frames) this.#takeAll(frame)
  }

  /**
   * Answers a call with what the work makes of it, once the mutations that came before are done, and
   * there is room for an answer.
   */
  read(call: Call, work: Work): void {
    this.#begin(call)
    if (this.#mutations === undefined) this.#answerInTurn(call, work)
    else void this.#mutations.then(() => this.#answerInTurn(call, work))
  }

  /** The same, and what comes later waits for this. `applied` is called after the answer. */
  mutate(call: Call, work: Work, applied: () => void): void {
    this.#begin(call)
    const run = async (before: Promise<void> | undefined) => {
      await before
      if (await this.#answer(call, work)) applied()
      if (this.#mutations === done) this.#mutations = undefined
    }
    const done = run(this.#mutations)
    this.#mutations = done
  }

  /** What a mutation has changed has been pushed; those of a turn are told in one message. */
  settle(mutationId: string): void {
    if (this.#settled !== undefined) return void this.#settled.push(mutationId)
    this.#settled = [mutationId]
    this.settings.gate.runtime.setImmediate(() => this.tellSettled())
  }

  /** Unless a subscription has still to be sent its rows: then once that is done. */
  tellSettled(): void {
    const mutationIds = this.#settled
    if (mutationIds === undefined) return
    for (const subscription of this.subscriptions.values()) if (subscription.isBehind) return
    this.#settled = undefined
    this.send({ type: 'settled', mutationIds })
  }

  fail({ id, collection }: Call, error: unknown): void {
    const told = this.settings.gate.tell(error, collection)
    this.send({ type: 'error', id, ...told })
    if (this.settings.gate.isPrivate(error)) this.settings.onError(error)
  }

  /** Takes no more, and resolves once all that is under way has been answered. */
  async finish(): Promise<void> {
    if (this.#state.is === 'closed') return
    this.#state = { is: 'finishing' }
    for (const begin of this.#waiting?.splice(0) ?? []) begin()
    if (this.#calls === undefined || this.#calls.size === 0) return
    await new Promise<void>((resolve) => (this.#whenIdle = resolve))
  }

  /** Is called from time to time. */
  look(now: number): void {
    if (this.#calls?.size === 0) this.#calls = undefined
    const heardMs = now - this.#lastHeard
    if (this.#state.is === 'new' && heardMs >= helloTimeoutMs) this.close('HelloTimeout')
    else if (heardMs >= silenceMs) this.close('Silent')
    else if (this.#isStuck(now)) this.close('TooSlow')
  }

  /** A subscription's id, or a call's: one name space for all that a client names by number. */
  checkFree(id: number): void {
    if (this.#calls?.has(id) || this.subscriptions.has(id)) {
      throw new Violation('IdInUse', `the id ${id} is in use`)
    }
  }

  /** One message after another; those behind a hello are left for when it has been answered. */
  #takeAll(messages: Iterator<Up>): void {
    try {
      for (let next = messages.next(); next.done !== true; next = messages.next()) {
        this.#take(next.value)
        if (this.#state.is === 'greeting') return void this.#state.frames.push(messages)
      }
    } catch (error) {
      if (error instanceof Violation) return this.close(error.reason, error.message)
      // Ours is the fault, and the host's other clients need not suffer for it.
      this.close('Fault')
      this.settings.onError(error)
    }
  }

  /** Very much is unread; or much, and none of it was taken for long. */
  #isStuck(now: number): boolean {
    const { backlog, taken } = this.#outbox
    if (backlog <= stuckLength || taken !== this.#takenBefore) this.#readAt = now
    this.#takenBefore = taken
    return backlog > mostLength || now - this.#readAt >= stuckMs
  }

  #take(message: Up): void {
    switch (this.#state.is) {
      case 'new':
        if (message.type !== 'hello') throw new Violation('HelloExpected')
        break
      case 'open':
        if (message.type === 'hello') throw new Violation('HelloRepeated')
        break
      case 'greeting':
      case 'finishing':
      case 'closed':
        return
    }
    handle(this, message)
  }

  #begin({ id }: Call): void {
    this.checkFree(id)
    this.#calls ??= new Set()
    if (this.#calls.size >= maxAtOnce) throw new Violation('TooMany')
    this.#calls.add(id)
  }

  #answerInTurn(call: Call, work: Work): void {
    if (this.isBlocked) (this.#waiting ??= []).push(() => void this.#answer(call, work))
    else void this.#answer(call, work)
  }

  /** One read at a time, so that there is still room for its answer. */
  #admit(): void {
    if (!this.isBlocked) this.#waiting?.shift()?.()
    if (this.#waiting?.length === 0) this.#waiting = undefined
  }

  /** Returns whether there was an answer; an error is none. */
  async #answer(call: Call, work: Work): Promise<boolean> {
    try {
      const { value, asOf } = await work()
      this.send({ type: 'answer', id: call.id, value, asOf })
      return true
    } catch (error) {
      this.fail(call, error)
      return false
    } finally {
      this.#calls?.delete(call.id)
      if (this.#calls?.size === 0) this.#whenIdle?.()
      // When this one has been sent, which fills what room there is.
      if (this.#waiting) this.settings.gate.runtime.setImmediate(() => this.#admit())
    }
  }

  #end(): void {
    if (this.#state.is === 'closed') return
    this.#state = { is: 'closed' }
    for (const subscription of this.subscriptions.values()) subscription.end()
    this.subscriptions.clear()
    this.#waiting = undefined
    this.#presences?.end()
    this.#whenIdle?.()
  }
}
