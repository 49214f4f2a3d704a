import type { Socket, SocketEvents } from '@wherry/client'
import type { Connection, Frame, Gateway } from '@wherry/server'

/** What is done with a frame: it arrives, it is lost, or the connection breaks in its place. */
export type Fate = 'deliver' | 'drop' | 'cut'
export type Tap = (direction: 'up' | 'down', frame: string) => Fate

/** Code of a connection that ended without a close frame (RFC 6455, 7.4.1). */
const abnormal = 1006

/** Connects clients to a gateway by handing strings over. */
export class Wire {
  reachable = true
  readonly #gateway: Gateway
  readonly #tap: Tap
  readonly #links = new Set<Link>()
  #reading = true

  constructor(gateway: Gateway, tap: Tap = () => 'deliver') {
    this.#gateway = gateway
    this.#tap = tap
  }

  connect(): Socket {
    const link = new Link(this.#tap, () => this.#links.delete(link))
    this.#links.add(link)
    link.read(this.#reading)
    later(() => {
      if (this.reachable && !this.#gateway.isStopping) link.open(this.#gateway)
      else link.end(abnormal, '')
    })
    return link.socket
  }

  get reading(): boolean {
    return this.#reading
  }

  set reading(yes: boolean) {
    this.#reading = yes
    for (const link of this.#links) link.read(yes)
  }

  cut(): void {
    for (const link of this.#links) link.end(abnormal, '')
  }
}

/** One connection. Everything that happens to it happens in a step of its own, and in order. */
class Link {
  readonly socket: Socket
  readonly #tap: Tap
  readonly #onEnd: () => void
  readonly #listeners = new Map<keyof SocketEvents, ((event: never) => void)[]>()
  #connection: Connection | undefined
  #isOver = false
  /** What the client has not read, while it does not. */
  #unread: Frame[] | undefined

  constructor(tap: Tap, onEnd: () => void) {
    this.#tap = tap
    this.#onEnd = onEnd
    this.socket = {
      addEventListener: (type, listener) => this.#listen(type, listener),
      send: (frame) => this.#carry('up', frame, () => this.#connection?.receive(frame)),
      close: (code = 1000, reason = '') => later(() => this.end(code, reason)),
    }
  }

  open(gateway: Gateway): void {
    if (this.#isOver) return
    const unsent = () => this.#unread?.reduce((bytes, frame) => bytes + frame.bytes.length, 0) ?? 0
    this.#connection = gateway.accept({
      get unsent() {
        return unsent()
      },
      send: (frame) => this.#send(frame),
      close: (code, reason) => later(() => this.end(code, reason)),
    })
    this.#tell('open', {})
  }

  /** Whether the client takes what comes; what has waited for that comes when it does. */
  read(yes: boolean): void {
    const unread = this.#unread ?? []
    this.#unread = yes ? undefined : unread
    if (!yes) return
    for (const frame of unread) this.#send(frame)
    if (!this.#isOver) this.#connection?.drained()
  }

  end(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
    this.#connection?.closed()
    this.#tell('close', { code, reason })
  }

  #listen<T extends keyof SocketEvents>(type: T, listener: (event: SocketEvents[T]) => void): void {
    const listeners = this.#listeners.get(type) ?? []
    this.#listeners.set(type, [...listeners, listener])
  }

  #tell<T extends keyof SocketEvents>(type: T, event: SocketEvents[T]): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }

  #send(frame: Frame): void {
    if (this.#unread !== undefined) return void this.#unread.push(frame)
    this.#carry('down', frame.text, () => this.#tell('message', { data: frame.text }))
  }

  #carry(direction: 'up' | 'down', frame: string, deliver: () => void): void {
    later(() => {
      if (this.#isOver) return
      const fate = this.#tap(direction, frame)
      if (fate === 'deliver') deliver()
      if (fate === 'cut') this.end(abnormal, '')
    })
  }
}

function later(work: () => void): void {
  void Promise.resolve().then(work)
}
