import { WherryError, type ReadMeta } from '@wherry/core'
import type { Answer, Down, ErrorMessage, Pong, Up } from '@wherry/core/protocol'
import {
  callMethods,
  decodeResults,
  encodeArguments,
  type CallMethod,
  type ReadMethod,
  type WriteMethod,
} from '@wherry/core/query'
import type { Json } from '@wherry/core/schema'
import { Alarm } from '../lib/alarm.ts'
import { copy } from '../lib/copy.ts'
import { asWherryError, readError } from '../lib/errors.ts'
import { collectionOf, type Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import type { Link } from './link.ts'
import { writeMessage, type Message } from './message.ts'
import type { Tenant } from './tenant.ts'

/** A server answers no more than a thousand at a time; the others wait here. */
const maxUnderWay = 1_000

export interface Call<M extends CallMethod = CallMethod> {
  readonly collection: string
  readonly method: M
  readonly args: readonly unknown[]
}

export interface Result {
  readonly value: unknown
  /** Of reads. */
  readonly meta: ReadMeta
}

interface Pending {
  readonly id: number
  readonly collection?: string
  readonly isMutation: boolean
  readonly deadline: number
  /** Makes the message, once the schema is known. Throws what is wrong with the call. */
  readonly prepare: (collections: Collections) => Up
  message?: Message
  /** Reads what came back. Throws what the server says is wrong, or what cannot be read. */
  readonly take: (message: Answer | ErrorMessage | Pong, link: Link) => void
  readonly reject: (error: WherryError) => void
}

/**
 * The calls that have no answer yet, in the order in which they were made. Whenever there is a new
 * connection they are sent again: reads do no harm, and a mutation has an id by which the server
 * knows what it has done before.
 */
export class Calls implements Tenant {
  readonly #settings: Settings
  readonly #nextId: () => number
  readonly #pending = new Map<number, Pending>()
  readonly #alarm: Alarm
  #collections: Collections | undefined
  #link: Link | undefined
  #makeError: (() => WherryError) | undefined
  /** Not sent on this connection yet. */
  #queue: Pending[] = []
  /** Sent on this connection and not answered, whether or not anybody still waits for it. */
  readonly #underWay = new Set<number>()
  /** Pings have no ids: they are answered in order. */
  #pings: Pending[] = []

  constructor(settings: Settings, nextId: () => number) {
    this.#settings = settings
    this.#nextId = nextId
    this.#alarm = new Alarm(settings.runtime, () => this.#expire())
  }

  read(call: Call<ReadMethod>): Promise<Result> {
    return this.#call(call, undefined)
  }

  mutate(mutationId: string, call: Call<WriteMethod>): Promise<Result> {
    return this.#call(call, mutationId)
  }

  /** Resolves to the milliseconds of the round trip. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        ...this.#stub(false),
        prepare: () => ({ type: 'ping' }),
        take: (_, link) => {
          link.latencyMs = this.#settings.runtime.monotonic() - pending.message!.sentAt!
          resolve(link.latencyMs)
        },
        reject,
      }
      this.#start(pending)
    })
  }

  welcomed(link: Link): void {
    this.#link = link
    this.#collections = link.peer.collections
    this.#underWay.clear()
    this.#pings = []
    for (const pending of this.#pending.values()) this.#prepare(pending, link.peer.collections)
    this.#queue = Array.from(this.#pending.values())
    this.#pump(link)
  }

  receive(message: Down, link: Link): void {
    // `settled` says when what a mutation changed has been pushed; nothing here waits for that yet.
    if (message.type === 'pong') this.#settle(link, this.#pings.shift(), message)
    if (message.type !== 'answer' && message.type !== 'error') return
    this.#settle(link, this.#pending.get(message.id), message)
    this.#underWay.delete(message.id)
    this.#pump(link)
  }

  lost(): void {
    this.#link = undefined
  }

  ended(makeError: () => WherryError): void {
    this.#link = undefined
    this.#makeError = makeError
    this.#alarm.stop()
    for (const pending of this.#pending.values()) {
      pending.reject(wasSent(pending) ? unknownOutcome(makeError().message) : makeError())
    }
    this.#pending.clear()
  }

  #call({ collection, method, args }: Call, mutationId: string | undefined): Promise<Result> {
    const { args: encode, result: decode } = callMethods[method]
    const given = this.#collections === undefined ? copy(args) : args
    let encoded: readonly Json[] = []
    return new Promise((resolve, reject) => {
      const stub = this.#stub(mutationId !== undefined)
      const { id } = stub
      this.#start({
        ...stub,
        collection,
        prepare(collections) {
          encoded = toArray(encode(encodeArguments, collectionOf(collections, collection), given))
          const call = { id, collection, args: encoded }
          return mutationId === undefined
            ? { type: 'request', ...call, method: method as ReadMethod }
            : { type: 'mutate', ...call, method: method as WriteMethod, mutationId }
        },
        take(message, { peer: { collections, source } }) {
          if (message.type === 'error') throw readError(message, collections.get(collection))
          const { value, asOf } = message as Answer
          const result = decode(
            decodeResults,
            collectionOf(collections, collection),
            value,
            encoded,
          )
          const meta = {
            source,
            asOf: new Date(asOf ?? NaN),
            lagMs: 0,
            stale: false,
            synthetic: false,
          }
          resolve({ value: result, meta })
        },
        reject,
      })
    })
  }

  #stub(isMutation: boolean): Pick<Pending, 'id' | 'isMutation' | 'deadline'> {
    const deadline = this.#settings.runtime.monotonic() + this.#settings.timeoutMs
    return { id: this.#nextId(), isMutation, deadline }
  }

  #start(pending: Pending): void {
    if (this.#makeError !== undefined) return pending.reject(this.#makeError())
    this.#pending.set(pending.id, pending)
    this.#alarm.by(pending.deadline)
    if (this.#collections !== undefined) this.#prepare(pending, this.#collections)
    if (this.#link === undefined || pending.message === undefined) return
    if (pending.collection === undefined) return this.#send(pending, this.#link)
    this.#queue.push(pending)
    this.#pump(this.#link)
  }

  #prepare(pending: Pending, collections: Collections): void {
    if (pending.message !== undefined) return
    try {
      pending.message = writeMessage(pending.prepare(collections))
    } catch (error) {
      this.#pending.delete(pending.id)
      pending.reject(asWherryError(error))
    }
  }

  /** Sends what may be sent; the queue also holds what is over. */
  #pump(link: Link): void {
    while (this.#queue.length > 0 && this.#underWay.size < maxUnderWay) {
      const pending = this.#queue.shift()!
      if (this.#pending.has(pending.id)) this.#send(pending, link)
    }
  }

  #send(pending: Pending, link: Link): void {
    if (pending.collection === undefined) this.#pings.push(pending)
    else this.#underWay.add(pending.id)
    link.send(pending.message!)
  }

  #settle(link: Link, pending: Pending | undefined, message: Answer | ErrorMessage | Pong): void {
    if (pending === undefined) return
    this.#pending.delete(pending.id)
    try {
      pending.take(message, link)
    } catch (error) {
      pending.reject(asWherryError(error))
    }
  }

  /** All calls may take equally long, so the oldest is the next whose time is over. */
  #expire(): number {
    const { runtime, timeoutMs } = this.#settings
    for (const pending of this.#pending.values()) {
      if (pending.deadline > runtime.monotonic()) return pending.deadline
      this.#pending.delete(pending.id)
      const message = `No answer came within ${timeoutMs} ms`
      pending.reject(
        wasSent(pending) ? unknownOutcome(message) : new WherryError('Timeout', message),
      )
    }
    return Infinity
  }
}

/** As a mutation it may have been done; of what only reads there is nothing to know. */
function wasSent({ isMutation, message }: Pending): boolean {
  return isMutation && message?.sentAt !== undefined
}

function unknownOutcome(why: string): WherryError {
  return new WherryError(
    'UnknownOutcome',
    `${why}; the write may have been applied or not: read before you write again`,
    { outcome: 'unknown' },
  )
}

/** What is left out at the end is not sent; what is left out before is null. */
function toArray(args: readonly unknown[]): Json[] {
  const end = args.findLastIndex((arg) => arg !== undefined) + 1
  return args.slice(0, end).map((arg) => (arg ?? null) as Json)
}
