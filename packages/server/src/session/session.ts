import {
  closeCodes,
  type CloseReason,
  type Down,
  type Request,
  type Mutate,
  type Up,
} from '@wherry/core/protocol'
import type { Channels } from '../channels/channels.ts'
import type { Subscription } from '../channels/subscription.ts'
import { handle } from '../handlers/handle.ts'
import type { Settings } from '../options.ts'
import type { Connection, Transport } from '../transport/transport.ts'
import { Outbox } from './outbox.ts'
import { readFrame, Violation } from './read-frame.ts'

const helloTimeoutMs = 10_000
const silenceMs = 120_000
/** Requests under way, and subscriptions, of one connection. */
const maxAtOnce = 1_000
/** Frames that wait for the welcome. */
const maxEarlyFrames = 100
/** Unread beyond this, in UTF-16 units: the rows of subscriptions are sent anew later. */
const slowLength = 1024 * 1024
/** Unread beyond this the connection is closed. */
const stuckLength = 4 * 1024 * 1024

type State =
  | { readonly is: 'new' }
  /** Hello has come, and the welcome is not sent yet; frames wait for it. */
  | { readonly is: 'greeting'; readonly frames: string[] }
  | { readonly is: 'open' }
  /** What is under way may finish; nothing more is begun. */
  | { readonly is: 'finishing' }
  | { readonly is: 'closed' }

/** One client's connection: what it asks for, in the order of the protocol. */
export class Session implements Connection {
  readonly settings: Settings
  readonly channels: Channels
  readonly subscriptions = new Map<number, Subscription>()
  readonly #transport: Transport
  readonly #outbox: Outbox
  readonly #onClose: () => void
  readonly #calls = new Set<number>()
  #state: State = { is: 'new' }
  #lastHeard: number
  /** The mutations that have come; reads wait for those that came before them. */
  #mutations: Promise<void> | undefined
  #settled: string[] = []
  #whenIdle = () => {}

  constructor(transport: Transport, settings: Settings, channels: Channels, onClose: () => void) {
    this.settings = settings
    this.channels = channels
    this.#transport = transport
    this.#outbox = new Outbox(transport, settings.gate.runtime)
    this.#onClose = onClose
    this.#lastHeard = settings.gate.runtime.monotonic()
  }

  receive(text: string): void {
    this.#lastHeard = this.settings.gate.runtime.monotonic()
    if (this.#state.is === 'greeting') {
      this.#state.frames.push(text)
      if (this.#state.frames.length > maxEarlyFrames) this.close('TooMany')
      return
    }
    try {
      for (const message of readFrame(text)) this.#take(message)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.close(error.reason, error.message)
    }
  }

  violate(reason: CloseReason): void {
    this.close(reason)
  }

  closed(): void {
    this.#end()
  }

  close(reason: CloseReason, text: string = reason): void {
    if (this.#state.is === 'closed') return
    this.#outbox.flush()
    this.#end()
    // A close frame has room for 123 bytes of reason.
    this.#transport.close(closeCodes[reason].code, text.slice(0, 100))
  }

  send(message: Down): void {
    this.sendText(JSON.stringify(message))
  }

  /** A message that many are sent is written once. */
  sendText(message: string): void {
    if (this.#state.is === 'closed') return
    this.#outbox.add(message)
    if (this.#outbox.backlog > stuckLength) this.close('TooSlow')
  }

  /** It has so much unread that changes are no longer worth sending. */
  get isSlow(): boolean {
    return this.#outbox.backlog > slowLength
  }

  /** Hello has come: what follows waits until `welcome` has been sent. */
  async greet(welcome: () => Promise<Down>): Promise<void> {
    const frames: string[] = []
    this.#state = { is: 'greeting', frames }
    try {
      this.send(await welcome())
    } catch (error) {
      this.settings.onError(error)
      return this.close('TryLater')
    }
    if (this.#state.is !== 'greeting') return
    this.#state = { is: 'open' }
    for (const frame of frames) this.receive(frame)
  }

  /** Runs a read once the mutations that came before it are done. */
  read(id: number, work: () => Promise<void>): void {
    this.#begin(id)
    const run = this.#mutations === undefined ? work() : this.#mutations.then(work)
    void run.finally(() => this.#finished(id))
  }

  /** Runs a mutation once those that came before it are done. */
  mutate(id: number, work: () => Promise<void>): void {
    this.#begin(id)
    const run = (this.#mutations ?? Promise.resolve()).then(work).finally(() => {
      if (this.#mutations === run) this.#mutations = undefined
      this.#finished(id)
    })
    this.#mutations = run
  }

  /** What a mutation has changed has been pushed; those of a turn are told in one message. */
  settle(mutationId: string): void {
    this.#settled.push(mutationId)
    if (this.#settled.length > 1) return
    this.settings.gate.runtime.setImmediate(() => {
      const mutationIds = this.#settled
      this.#settled = []
      this.send({ type: 'settled', mutationIds })
    })
  }

  fail({ id, collection }: { id: number; collection: string }, error: unknown): void {
    const told = this.settings.gate.tell(error, collection)
    if (told.code === 'Internal') this.settings.onError(error)
    this.send({ type: 'error', id, ...told })
  }

  /** Takes no more, and resolves once all that is under way has been answered. */
  async finish(): Promise<void> {
    if (this.#state.is === 'closed') return
    this.#state = { is: 'finishing' }
    if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
  }

  /** Is called from time to time. */
  look(now: number): void {
    const heardMs = now - this.#lastHeard
    if (this.#state.is === 'new' && heardMs >= helloTimeoutMs) this.close('HelloTimeout')
    else if (heardMs >= silenceMs) this.close('Silent')
    else if (!this.isSlow) for (const each of this.subscriptions.values()) each.catchUp()
  }

  #take(message: Up): void {
    switch (this.#state.is) {
      case 'new':
        if (message.type !== 'hello') throw new Violation('HelloExpected')
        break
      case 'greeting':
        // The rest of the frame that had the hello in it.
        return void this.#state.frames.push(JSON.stringify([message]))
      case 'open':
        if (message.type === 'hello') throw new Violation('HelloRepeated')
        break
      case 'finishing':
      case 'closed':
        return
    }
    handle(this, message)
  }

  #begin(id: number): void {
    this.checkFree(id)
    this.#calls.add(id)
    if (this.#calls.size > maxAtOnce) throw new Violation('TooMany')
  }

  /** One name space for all that a client names by number. */
  checkFree(id: number): void {
    if (this.#calls.has(id) || this.subscriptions.has(id)) {
      throw new Violation('IdInUse', `the id ${id} is in use`)
    }
    if (this.subscriptions.size >= maxAtOnce) throw new Violation('TooMany')
  }

  #finished(id: number): void {
    this.#calls.delete(id)
    if (this.#calls.size === 0) this.#whenIdle()
  }

  #end(): void {
    if (this.#state.is === 'closed') return
    this.#state = { is: 'closed' }
    for (const subscription of this.subscriptions.values()) subscription.end()
    this.subscriptions.clear()
    this.#whenIdle()
    this.#onClose()
  }
}
