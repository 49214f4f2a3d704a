import { systemRuntime } from '@wherry/core'
import { closeCodes, type Down } from '@wherry/core/protocol'
import { downSchemas } from '@wherry/core/protocol/schemas'
import type { Connection, Frame, Gateway, Transport } from '@wherry/server'
import { judge, type Shadow, type Verdict } from './judge.ts'

const known: ReadonlySet<number> = new Set(Object.values(closeCodes).map(({ code }) => code))

/** Turns of the event loop within which a frame has to be dealt with. */
const patience = 10_000

/** A connection to a gateway without a network, and a judge beside it. */
export class FrameSession implements Transport {
  closedWith: number | undefined
  readonly unsent = 0
  readonly #connection: Connection
  readonly #shadow: Shadow = { isOpen: false, subscriptions: new Set() }
  #heard: Down[] = []

  constructor(gateway: Gateway) {
    this.#connection = gateway.accept(this)
  }

  get subscriptions(): number {
    return this.#shadow.subscriptions.size
  }

  send({ text }: Frame): void {
    for (const message of JSON.parse(text) as Down[]) this.#heard.push(message)
  }

  close(code: number): void {
    this.closedWith = code
    this.#connection.closed()
  }

  leave(): void {
    this.#connection.closed()
  }

  /** Sends a frame and waits until it is dealt with; returns what was heard. Throws what is wrong. */
  async say(text: string): Promise<readonly Down[]> {
    this.#heard = []
    const verdict = judge(text, this.#shadow)
    this.#connection.receive(text)
    for (let turns = 0; !this.#isDone(verdict); turns++) {
      if (turns > patience) throw new Error(`nothing came of ${this.#missing(verdict).join(', ')}`)
      await new Promise<void>((resolve) => systemRuntime.setImmediate(resolve))
    }
    this.#check(verdict)
    return this.#heard
  }

  #isDone(verdict: Verdict): boolean {
    return this.closedWith !== undefined || this.#missing(verdict).length === 0
  }

  #missing({ mustClose, answers, mutations, pongs }: Verdict): string[] {
    if (mustClose) return ['a frame that ends the connection']
    const answered = new Map<number, boolean>()
    const settled = new Set<string>()
    let heardPongs = 0
    for (const message of this.#heard) {
      if (message.type === 'answer') answered.set(message.id, true)
      if (message.type === 'error' || message.type === 'subscribed') answered.set(message.id, false)
      if (message.type === 'settled') for (const id of message.mutationIds) settled.add(id)
      if (message.type === 'pong') heardPongs++
    }
    const missing = Array.from(answers).filter((id) => !answered.has(id))
    const unsettled = Array.from(mutations).filter(
      ([id, mutationId]) => answered.get(id) === true && !settled.has(mutationId),
    )
    return [
      ...missing.map((id) => `the call ${id}`),
      ...unsettled.map(([id]) => `the mutation ${id}, which was answered,`),
      ...(heardPongs < pongs ? ['a ping'] : []),
    ]
  }

  #check({ mayClose, answers }: Verdict): void {
    if (this.closedWith !== undefined && !mayClose.has(this.closedWith)) {
      throw new Error(
        `closed with ${this.closedWith}, not ${Array.from(mayClose).join() || 'at all'}`,
      )
    }
    if (this.closedWith !== undefined && !known.has(this.closedWith)) {
      throw new Error(`closed with the unknown code ${this.closedWith}`)
    }
    for (const message of this.#heard) {
      downSchemas[message.type].parse(message)
      if (message.type === 'error' && message.code === 'Internal') {
        throw new Error(`an internal error was told: ${JSON.stringify(message)}`)
      }
      const isAnswer = message.type === 'answer' || message.type === 'error'
      if (isAnswer && !answers.has(message.id)) {
        throw new Error(`an answer to nothing: ${JSON.stringify(message).slice(0, 200)}`)
      }
    }
    this.#forgetRefused(answers)
  }

  /** Of the subscriptions that a frame asked for, those stand of which it was heard last. */
  #forgetRefused(asked: ReadonlySet<number>): void {
    const standing = new Set<number>()
    for (const message of this.#heard) {
      if (message.type === 'subscribed') standing.add(message.id)
      if (message.type === 'answer' || message.type === 'error') standing.delete(message.id)
    }
    const { subscriptions } = this.#shadow
    for (const id of asked) if (!standing.has(id)) subscriptions.delete(id)
  }
}
