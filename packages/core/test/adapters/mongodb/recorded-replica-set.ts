import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BSON, Binary, Long, Timestamp } from 'mongodb'

export type Document = Record<string, unknown>

interface Cursor {
  /** The index of its next event. */
  next: number
  readonly batchSize: number
  /** Answers a getMore that waits for events. */
  wake?: () => void
}

const namespace = (collection: string) => `test.${collection}`

/** Resume tokens are opaque, but for their order, which is that of their texts. */
const tokenOf = ({ t, i }: Timestamp, at: number) => ({
  _data: ['82', ...[t, i, at].map((part) => part.toString(16).padStart(8, '0'))].join(''),
})
const textOf = (token: unknown) => Object.values(token as object).join('')

/**
 * The primary of a replica set, as far as the log asks one: it takes the driver's own commands, and
 * answers as MongoDB's manual and wire protocol say. What happened in it is what a test commits.
 */
export class RecordedReplicaSet {
  /** Every command but the driver's own, in order. */
  readonly commands: Document[] = []
  /** What collections hold, by their names. */
  readonly documents = new Map<string, Document[]>()
  /** The time of the last commit. */
  now: Timestamp = new Timestamp({ t: 1_700_000_000, i: 1 })
  /** The most events that one answer holds. */
  maxBatch = Infinity
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #events: Document[] = []
  readonly #cursors = new Map<bigint, Cursor>()
  readonly #answers = new Map<string, (Document | 'cut')[]>()
  #lastCursor = 0n

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(): Promise<RecordedReplicaSet> {
    const replicaSet = new RecordedReplicaSet()
    await new Promise<void>((resolve) => {
      replicaSet.#server.listen(0, '127.0.0.1', resolve)
    })
    return replicaSet
  }

  get url(): string {
    return `mongodb://${this.#address}/test`
  }

  get openCursors(): number {
    return this.#cursors.size
  }

  /** Commits events, all at one time; `seconds` after the last ones. */
  commit(events: readonly Document[], seconds = 0): Timestamp {
    const { t, i } = this.now
    this.now = new Timestamp({ t: t + seconds, i: i + 1 })
    for (const event of events) {
      const token = tokenOf(this.now, this.#events.length)
      this.#events.push({ _id: token, clusterTime: this.now, ...event })
    }
    for (const cursor of this.#cursors.values()) cursor.wake?.()
    return this.now
  }

  /** Answers the next such command with an error, or closes its connection. */
  failNext(command: string, fault: Document | 'cut'): void {
    this.answerNext(command, fault)
  }

  /** Answers the next such commands so, one after another, and those behind them by itself. */
  answerNext(command: string, ...answers: (Document | 'cut')[]): void {
    this.#answers.set(command, answers)
  }

  commandsOf(name: string): Document[] {
    return this.commands.filter((command) => name in command)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get #address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0)
        const message = received.subarray(0, length)
        received = received.subarray(length)
        void this.#answer(socket, message)
      }
    })
  }

  async #answer(socket: Socket, message: Buffer): Promise<void> {
    const { command, reply } = readMessage(message)
    const [name] = Object.keys(command)
    this.#record(name!, command)
    const given = this.#answers.get(name!)?.shift()
    if (given === 'cut') return void socket.destroy()
    const answer = given ?? (await this.#run(name!, command))
    const time = {
      clusterTime: this.now,
      signature: { hash: new Binary(Buffer.alloc(20)), keyId: 0 },
    }
    const ok = { ok: 'code' in answer ? 0 : 1, operationTime: this.now, $clusterTime: time }
    socket.write(reply({ ...answer, ...ok }))
  }

  #record(name: string, command: Document): void {
    if (!/^(hello|ismaster|buildInfo|endSessions)$/i.test(name)) this.commands.push(command)
  }

  #run(name: string, command: Document): Document | Promise<Document> {
    switch (name) {
      case 'hello':
      case 'ismaster':
        return this.#hello()
      case 'buildInfo':
        return { version: '7.0.0' }
      case 'update':
        return this.#upsert(command)
      case 'find':
        return this.#find(command)
      case 'aggregate':
        return this.#openStream(command)
      case 'getMore':
        return this.#getMore(command)
      case 'killCursors':
        return this.#kill(command)
      default:
        return {}
    }
  }

  #hello(): Document {
    return {
      isWritablePrimary: true,
      ismaster: true,
      helloOk: true,
      setName: 'rs',
      setVersion: 1,
      hosts: [this.#address],
      me: this.#address,
      primary: this.#address,
      minWireVersion: 0,
      maxWireVersion: 21,
      logicalSessionTimeoutMinutes: 30,
      maxBsonObjectSize: 16 * 1024 * 1024,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
    }
  }

  #upsert({ update, updates }: Document): Document {
    const [{ q, u }] = updates as [{ q: Document; u: { $setOnInsert: Document } }]
    if (!this.documents.has(update as string)) {
      this.documents.set(update as string, [{ ...q, ...u.$setOnInsert }])
    }
    return { n: 1, nModified: 0 }
  }

  #find({ find, readConcern }: Document): Document {
    const { level, atClusterTime } = (readConcern ?? {}) as Document
    return {
      cursor: {
        id: Long.ZERO,
        ns: namespace(find as string),
        firstBatch: this.documents.get(find as string) ?? [],
        ...(level === 'snapshot' && { atClusterTime: atClusterTime ?? this.now }),
      },
    }
  }

  #openStream({ pipeline, cursor }: Document): Document {
    const [{ $changeStream: options }] = pipeline as [{ $changeStream: Document }]
    const id = ++this.#lastCursor
    const next = this.#firstEvent(options)
    this.#cursors.set(id, { next, batchSize: (cursor as Cursor).batchSize ?? 101 })
    return this.#batchOf(id, 'firstBatch')
  }

  #firstEvent({ startAtOperationTime: time, resumeAfter: token }: Document): number {
    if (token === undefined && time === undefined) return this.#events.length
    const found = this.#events.findIndex((event) =>
      token === undefined
        ? (event.clusterTime as Timestamp).compare(time as Timestamp) >= 0
        : textOf(event._id) > textOf(token),
    )
    return found < 0 ? this.#events.length : found
  }

  async #getMore({ getMore, maxTimeMS }: Document): Promise<Document> {
    const id = BigInt(String(getMore))
    const cursor = this.#cursors.get(id)
    if (cursor !== undefined && cursor.next === this.#events.length && maxTimeMS !== 1) {
      await new Promise<void>((resolve) => (cursor.wake = resolve))
    }
    if (!this.#cursors.has(id)) return { code: 237, codeName: 'CursorKilled', errmsg: 'killed' }
    return this.#batchOf(id, 'nextBatch')
  }

  #batchOf(id: bigint, name: string): Document {
    const cursor = this.#cursors.get(id)!
    const size = Math.min(cursor.batchSize, this.maxBatch)
    const events = this.#events.slice(cursor.next, cursor.next + size)
    cursor.next += events.length
    const isEnd = cursor.next === this.#events.length
    const token = isEnd ? tokenOf(this.now, this.#events.length) : events.at(-1)!._id
    return {
      cursor: {
        id: Long.fromBigInt(id),
        ns: namespace('$cmd.aggregate'),
        [name]: events,
        postBatchResumeToken: token,
      },
    }
  }

  #kill({ cursors }: Document): Document {
    for (const id of cursors as unknown[]) {
      const cursor = this.#cursors.get(BigInt(String(id)))
      this.#cursors.delete(BigInt(String(id)))
      cursor?.wake?.()
    }
    return { cursorsKilled: cursors }
  }
}

interface Message {
  readonly command: Document
  readonly reply: (document: Document) => Buffer
}

const opQuery = 2004

/** OP_QUERY comes first on every connection, and OP_MSG from then on. */
function readMessage(message: Buffer): Message {
  const [requestId, opCode] = [message.readInt32LE(4), message.readInt32LE(12)]
  if (opCode === opQuery) {
    const start = message.indexOf(0, 20) + 9
    return { command: BSON.deserialize(message.subarray(start)), reply: oldReply(requestId) }
  }
  return { command: readSections(message), reply: newReply(requestId) }
}

/** A command may have its lists of documents behind it, each in a section of its own with its name. */
function readSections(message: Buffer): Document {
  const read = (from: number): [size: number, document: Document] => {
    const size = message.readInt32LE(from)
    return [size, BSON.deserialize(message.subarray(from, from + size), { useBigInt64: true })]
  }
  const [bodySize, command] = read(21)
  for (let at = 21 + bodySize; at < message.length;) {
    const end = at + 1 + message.readInt32LE(at + 1)
    const nameEnd = message.indexOf(0, at + 5)
    const documents: Document[] = []
    for (let from = nameEnd + 1; from < end;) {
      const [size, document] = read(from)
      documents.push(document)
      from += size
    }
    command[message.toString('utf8', at + 5, nameEnd)] = documents
    at = end
  }
  return command
}

const oldReply = (requestId: number) => (document: Document) => {
  const flags = Buffer.alloc(20)
  flags.writeInt32LE(1, 16)
  return framed(requestId, 1, Buffer.concat([flags, BSON.serialize(document)]))
}

const newReply = (requestId: number) => (document: Document) =>
  framed(requestId, 2013, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)]))

function framed(requestId: number, opCode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16)
  header.writeInt32LE(16 + body.length, 0)
  header.writeInt32LE(requestId, 8)
  header.writeInt32LE(opCode, 12)
  return Buffer.concat([header, body])
}
