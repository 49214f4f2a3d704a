import { WherryError, type ReadMeta } from '@wherry/core'
import { maxAtOnce } from '@wherry/core/protocol'
import type { Answer, Down, ErrorMessage, Up } from '@wherry/core/protocol'
import { callMethods, decodeResults, encodeArguments, type CallMethod } from '@wherry/core/query'
import { collectionOf } from '@wherry/core/schema'
import { Alarm } from '../lib/alarm.ts'
import { copy } from '../lib/copy.ts'
import { asWherryError, readError } from '../lib/errors.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import type { Link } from './link.ts'
import { writeMessage, type Message } from './message.ts'
import type { Tenant } from './tenant.ts'

export interface Call {
  readonly collection: string
  readonly method: CallMethod
  readonly args: readonly unknown[]
  /** Of a write. */
  readonly mutationId?: string
}

export interface Result {
  readonly value: unknown
  /** Of reads. */
  readonly meta: ReadMeta
}

interface Pending extends Call {
  readonly id: number
  readonly deadline: number
  /** As the caller gave them, and as they are sent once there is a message. */
  args: readonly unknown[]
  message?: Message
  resolve(result: Result): void
  reject(error: WherryError): void
}

/**
 * The calls that have no answer yet, in the order in which they were made. Whenever there is a new
 * connection they are sent again: reads do no harm, and a mutation has an id by which the server
 * knows what it has done before.
 */
export class Calls implements Tenant {
  readonly #settings: Settings
  readonly #pending = new Map<number, Pending>()
  readonly #alarm: Alarm
  #collections: Collections | undefined
  #link: Link | undefined
  #makeError: (() => WherryError) | undefined
  /** Not sent on this connection yet. */
  #queue: Pending[] = []
  /** Sent on this connection and not answered, whether or not anybody still waits for it. */
  readonly #underWay = new Set<number>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#alarm = new Alarm(settings.runtime, () => this.#expire())
  }

  call(call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#makeError !== undefined) return reject(this.#makeError())
      const { runtime, timeoutMs, nextId } = this.#settings
      const id = nextId()
      const deadline = runtime.monotonic() + timeoutMs
      const pending: Pending = { ...call, id, deadline, resolve, reject }
      this.#pending.set(id, pending)
      this.#alarm.by(deadline)
      if (this.#collections === undefined) pending.args = copy(call.args)
      else this.#prepare(pending, this.#collections)
      this.#queue.push(pending)
      this.#pump()
    })
  }

  welcomed(link: Link): void {
    this.#link = link
    this.#collections = link.collections
    this.#underWay.clear()
    for (const pending of this.#pending.values()) this.#prepare(pending, link.collections)
    this.#queue = Array.from(this.#pending.values())
    this.#pump()
  }

  receive(message: Down): void {
    // `settled` says when what a mutation changed has been pushed; nothing here waits for that yet.
    if (message.type !== 'answer' && message.type !== 'error') return
    this.#underWay.delete(message.id)
    const pending = this.#pending.get(message.id)
    if (pending !== undefined) this.#settle(pending, message, this.#link!)
    this.#pump()
  }

  lost(makeError: () => WherryError, isEnd: boolean): void {
    this.#link = undefined
    this.#queue = []
    if (!isEnd) return
    this.#makeError = makeError
    this.#alarm.stop()
    for (const pending of this.#pending.values()) abandon(pending, makeError())
    this.#pending.clear()
  }

  #prepare(pending: Pending, collections: Collections): void {
    if (pending.message !== undefined) return
    const { id, collection, method, mutationId } = pending
    const type = mutationId === undefined ? 'request' : 'mutate'
    try {
      const encode = callMethods[method].args
      const args = encode(encodeArguments, collectionOf(collections, collection), pending.args)
      pending.args = args
      pending.message = writeMessage({ type, id, mutationId, collection, method, args } as Up)
    } catch (error) {
      this.#pending.delete(id)
      pending.reject(asWherryError(error))
    }
  }

  /** Sends what a server takes at once; the queue also holds what is over. */
  #pump(): void {
    while (this.#link !== undefined && this.#underWay.size < maxAtOnce) {
      const pending = this.#queue.shift()
      if (pending === undefined) return
      if (!this.#pending.has(pending.id)) continue
      this.#underWay.add(pending.id)
      this.#link.send(pending.message!)
    }
  }

  #settle(pending: Pending, message: Answer | ErrorMessage, { collections, source }: Link): void {
    const { id, method, args, resolve, reject } = pending
    this.#pending.delete(id)
    try {
      const collection = collectionOf(collections, pending.collection)
      if (message.type === 'error') throw readError(message, collection)
      const value = callMethods[method].result(decodeResults, collection, message.value, args)
      const asOf = new Date(message.asOf ?? NaN)
      resolve({ value, meta: { source, asOf, lagMs: 0, stale: false, synthetic: false } })
    } catch (error) {
      reject(asWherryError(error))
    }
  }

  /** All calls may take equally long, so the oldest is the next whose time is over. */
  #expire(): number {
    const { runtime, timeoutMs } = this.#settings
    for (const pending of this.#pending.values()) {
      if (pending.deadline > runtime.monotonic()) return pending.deadline
      this.#pending.delete(pending.id)
      abandon(pending, new WherryError('Timeout', `No answer came within ${timeoutMs} ms`))
    }
    return Infinity
  }
}

/** A mutation that was sent may have been done; of what only reads there is nothing to know. */
function abandon({ mutationId, message, reject }: Pending, error: WherryError): void {
  const isUnknown = mutationId !== undefined && message?.isSent === true
  const text = `${error.message}; the write may have been applied: read before you write again`
  reject(isUnknown ? new WherryError('UnknownOutcome', text, { outcome: 'unknown' }) : error)
}
