import { createClient, type Client, type ClientOptions, type Socket } from '@wherry/client'
import type { SocketEvents } from '@wherry/client'
import type { Down, Up, Welcome } from '@wherry/core/protocol'
import { descriptor } from '@wherry/core/schema'
import { FakeRuntime, settled } from './fake-runtime.ts'
import { schema, type AppSchema } from './schema.ts'

/** A message as a test reads it: any of its parts, without first asking of what type it is. */
export interface Said {
  readonly type: Up['type']
  readonly id?: number
  readonly args?: readonly unknown[]
  readonly method?: string
  readonly mutationId?: string
  readonly after?: string
  readonly query?: unknown
  readonly schema?: string
}

export const welcome: Welcome = {
  type: 'welcome',
  version: 1,
  source: 'script',
  generation: 'g',
  schema: schema.definition.hash,
  descriptor: descriptor(schema),
}

/** The client's end of a connection in a test's hands, which is the server's. */
export class FakeSocket implements Socket {
  /** What the client has sent, frame by frame. */
  readonly frames: string[] = []
  closedWith: number | undefined
  readonly #listeners: [string, (event: never) => void][] = []
  #read = 0

  addEventListener<T extends keyof SocketEvents>(
    type: T,
    listener: (event: SocketEvents[T]) => void,
  ): void {
    this.#listeners.push([type, listener])
  }

  send(text: string): void {
    this.frames.push(text)
  }

  close(code?: number): void {
    this.closedWith = code
    void Promise.resolve().then(() => this.emit('close', { code: code ?? 1005, reason: '' }))
  }

  emit<T extends keyof SocketEvents>(type: T, event: SocketEvents[T]): void {
    for (const [name, listener] of this.#listeners) if (name === type) listener(event as never)
  }

  /** Opens, and answers hello. */
  async accept(answer: Down = welcome): Promise<void> {
    this.emit('open', {})
    await this.say(answer)
  }

  /** Says this in one frame. */
  async say(...messages: readonly Down[]): Promise<void> {
    this.emit('message', { data: JSON.stringify(messages) })
    await settled()
  }

  async drop(code = 1006, reason = ''): Promise<void> {
    this.emit('close', { code, reason })
    await settled()
  }

  /** Everything that the client has said since this was asked last, hello and pings aside. */
  async heard(): Promise<Said[]> {
    await settled()
    const frames = this.frames.slice(this.#read)
    this.#read = this.frames.length
    const said = frames.flatMap((frame) => JSON.parse(frame) as Said[])
    return said.filter(({ type }) => type !== 'hello' && type !== 'ping')
  }

  /** The one message that the client has said since. */
  async one(): Promise<Said & { readonly id: number; readonly args: readonly unknown[] }> {
    const [said, ...others] = await this.heard()
    if (said === undefined || others.length > 0) throw new Error('not one message')
    return said as never
  }
}

export interface Scene {
  readonly db: Client<AppSchema>
  readonly runtime: FakeRuntime
  readonly sockets: FakeSocket[]
  /** The newest. */
  readonly socket: FakeSocket
}

/** A client, and a server that does nothing by itself. */
export function start(options: Partial<ClientOptions> = {}): Scene {
  const runtime = new FakeRuntime()
  const sockets: FakeSocket[] = []
  const socket = () => {
    sockets.push(new FakeSocket())
    return sockets.at(-1)!
  }
  const db = createClient<AppSchema>({ url: 'ws://server', runtime, socket, ...options })
  return {
    db,
    runtime,
    sockets,
    get socket() {
      return sockets.at(-1)!
    },
  }
}

/** The same, once they know each other. */
export async function connected(options: Partial<ClientOptions> = {}): Promise<Scene> {
  const scene = start(options)
  await scene.socket.accept()
  await scene.socket.heard()
  return scene
}

/** Breaks the connection, and lets the client make another. */
export async function reconnect(scene: Scene, answer: Down = welcome): Promise<void> {
  await scene.socket.drop()
  await scene.runtime.advance(100)
  await scene.socket.accept(answer)
}
