import { onTestFinished } from 'vitest'
import type { Down, Up } from '@wherry/core/protocol'
import { downSchemas } from '@wherry/core/protocol/schemas'
import { settled } from '../../../core/test/support/fake-runtime.ts'
import type { Connection, Frame, Gateway, Transport } from '../../src/index.ts'

type Type = Down['type']
type Message<T extends Type> = Extract<Down, { type: T }>

/** A client at the other end of a Transport. It checks all that it hears against the protocol. */
export class TestClient implements Transport {
  readonly frames: string[] = []
  readonly heard: Down[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  /** While false, what is sent to it stays in the system's buffers. */
  isReading = true
  unsent = 0
  readonly #connection: Connection
  #lastId = 100

  constructor(gateway: Gateway) {
    this.#connection = gateway.accept(this)
    onTestFinished(() => this.leave())
  }

  send({ text, bytes }: Frame): void {
    if (this.closed !== undefined) throw new Error(`a frame after the close: ${text}`)
    this.frames.push(text)
    for (const message of JSON.parse(text) as Down[]) {
      this.heard.push(downSchemas[message.type].parse(message))
    }
    if (!this.isReading) this.unsent += bytes.length
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason }
    void Promise.resolve().then(() => this.leave())
  }

  /** The connection is gone. */
  leave(): void {
    this.#connection.closed()
  }

  /** Reads what it has not read, and goes on to. */
  read(): void {
    this.isReading = true
    this.unsent = 0
    this.#connection.drained()
  }

  /** Reads what it has not read, and then no more. */
  readOnce(): void {
    this.unsent = 0
    this.#connection.drained()
  }

  say(...messages: Up[]): void {
    this.sayText(JSON.stringify(messages))
  }

  sayText(frame: string): void {
    this.#connection.receive(frame)
  }

  /** Says it and waits for what is answered. */
  async ask(message: OmitId<Extract<Up, { collection: string }>>): Promise<Down> {
    const id = ++this.#lastId
    this.say({ ...message, id })
    return this.hearWhere((heard) => 'id' in heard && heard.id === id)
  }

  /** The first message of a type that has come, or comes; each is returned once. */
  hear<T extends Type>(type: T): Promise<Message<T>> {
    return this.hearWhere((message): message is Message<T> => message.type === type)
  }

  async hearWhere<M extends Down>(isIt: (message: Down) => message is M): Promise<M>
  async hearWhere(isIt: (message: Down) => boolean): Promise<Down>
  async hearWhere(isIt: (message: Down) => boolean): Promise<Down> {
    await eventually(
      () => this.heard.some(isIt),
      () => `to hear it; heard ${this.#summary()}`,
    )
    return this.heard.splice(this.heard.findIndex(isIt), 1)[0]!
  }

  async ended(): Promise<{ code: number; reason: string }> {
    await eventually(
      () => this.closed !== undefined,
      () => `an end; heard ${this.#summary()}`,
    )
    return this.closed!
  }

  /** What was heard, in order; and forgets it. */
  take(): Down[] {
    return this.heard.splice(0)
  }

  #summary(): string {
    return `${JSON.stringify(this.heard).slice(0, 500)} ${JSON.stringify(this.closed)}`
  }
}

type OmitId<T> = T extends unknown ? Omit<T, 'id'> : never

/** Waits until all that was begun has had its turn. */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await settled()
}

async function eventually(isSo: () => boolean, what: () => string): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns === 1_000) throw new Error(`waited in vain for ${what()}`)
    await settled()
  }
}
