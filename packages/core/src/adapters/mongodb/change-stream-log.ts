import type {
  Change,
  ChangeBatch,
  ChangeLog,
  Position,
  Reader,
  Snapshot,
} from '../../contract/change-log.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { newGeneration } from '../positions.ts'
import { positionLost } from '../violations.ts'
import { EventReader, eventsOf, type ChangeEvent } from './change-events.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession, ClusterTime, Collection, Driver } from './driver.ts'
import type { MongoFailure } from './errors.ts'
import { MongoSession } from './session.ts'
import { StreamWakes } from './stream-wakes.ts'

const maxBatch = 1_000
/** How long the stream that wakes waits for something to tell. */
const longestPauseMs = 500
/** So far behind, a reader moves on even where it finds nothing: the oplog does, too. */
const idleSeconds = 10

/** A time of the replica set in hex, so that places order as texts. */
type Place = string

interface PlacedChanges {
  readonly changes: readonly Change[]
  /** Behind the last of them. */
  readonly place: Place
}

/**
 * The log that a replica set keeps itself, its oplog, read by change streams. A place in it is a
 * time: all that was committed until then has been read. What a transaction has changed has one
 * time, that of its commit, so no place lies within a transaction. Only what a majority of the
 * members has is read, so that nothing of it is ever rolled back.
 */
export class ChangeStreamLog implements ChangeLog {
  readonly hidesReplaced = false
  readonly #context: MongoContext
  readonly #wakes: StreamWakes

  constructor(context: MongoContext) {
    this.#context = context
    this.#wakes = new StreamWakes(context.runtime, () => {
      const pipeline = [...eventsOf(context.logged), { $project: { operationType: 1 } }]
      return context.database.watch(pipeline, {
        ...this.#reading('majority'),
        maxAwaitTimeMS: longestPauseMs,
      })
    })
  }

  /** Names the log of this database, once for all processes. */
  async open(): Promise<void> {
    const generation = newGeneration(this.#context.runtime)
    await this.#states.updateOne(
      { _id: 'log' },
      // Without its schema, a log that was kept while the server stood alone does not go on later.
      { $setOnInsert: { generation }, $unset: { schema: '' } },
      { ...this.#context.writeOptions, upsert: true },
    )
  }

  /** Ends what wakes; what is being read ends with the connection. */
  async close(): Promise<void> {
    this.#wakes.close()
  }

  snapshot<T>(
    _collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    return this.#inSession({ snapshot: true }, async (session) => {
      const readOptions = this.#reading('snapshot')
      // What such a session reads first decides of which moment it reads all.
      const position = await this.#now(session, readOptions)
      const value = await read(new MongoSession({ ...this.#context, readOptions }, session))
      return { value, position }
    })
  }

  head(): Promise<Position> {
    return this.#inSession({}, (session) => this.#now(session, this.#reading('majority')))
  }

  read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    return this.#inSession({}, async (session) => {
      const now = await this.#now(session, this.#reading('majority'))
      const [generation, newest] = parsePosition(now)
      const [fromGeneration, from] = parsePosition(after)
      const [endGeneration, end] = parsePosition(upTo ?? now)
      const isOfThisLog = fromGeneration === generation && endGeneration === generation
      // Who has seen more than there is has seen what did not happen here.
      if (!isOfThisLog || from > end || end > newest) throw positionLost()
      if (from === end) return { changes: [], position: after, isWhole: true }
      const { changes, place } = await this.#changes(session, from, end)
      const isIdle = changes.length === 0 && secondsOf(end) - secondsOf(from) < idleSeconds
      return {
        changes,
        position: isIdle && upTo === undefined ? after : `${generation}:${place}`,
        isWhole: place === end,
      }
    })
  }

  watch(onCommit: () => void): () => void {
    return this.#wakes.watch(onCommit)
  }

  get #states(): Collection {
    return this.#context.database.collection('wherry_log_state')
  }

  /** Wherever else this process reads, only the primary knows all that it has written. */
  #reading(level: 'majority' | 'snapshot'): object {
    return {
      ...this.#context.readOptions,
      readConcern: { level },
      readPreference: 'primary',
    }
  }

  async #inSession<T>(options: object, work: (session: ClientSession) => Promise<T>): Promise<T> {
    const session = this.#context.client.startSession(options)
    try {
      return await work(session)
    } finally {
      await session.endSession()
    }
  }

  /** The position at which a session reads that has not read before. */
  async #now(session: ClientSession, readOptions: object): Promise<Position> {
    const state = await this.#states.findOne({ _id: 'log' }, { ...readOptions, session })
    if (state === null) throw noLog()
    const time = session.snapshotTime ?? session.operationTime
    return `${String(state.generation)}:${placeOf(time!)}`
  }

  /** The changes behind a place up to another one: all of them, or those of the first transactions. */
  async #changes(session: ClientSession, from: Place, end: Place): Promise<PlacedChanges> {
    const { code, database, driver, logged: schema } = this.#context
    const stream = database.watch(eventsOf(schema), {
      ...this.#reading('majority'),
      // A member that lags behind what this session has read answers when it has caught up. Then a
      // batch that is empty tells that there is nothing more up to `end`.
      session,
      startAtOperationTime: timeBehind(driver, from),
      fullDocumentBeforeChange: 'required',
      fullDocument: 'required',
      batchSize: maxBatch,
      maxAwaitTimeMS: 1,
    })
    const reader = new EventReader(code, schema)
    const changes: Change[] = []
    let place = from
    try {
      for (;;) {
        const event = (await stream.tryNext()) as ChangeEvent | null
        if (event === null) return { changes, place: end }
        const time = placeOf(event.clusterTime)
        if (time > end) return { changes, place: end }
        if (time !== place && changes.length >= maxBatch) return { changes, place }
        place = time
        const change = reader.read(event)
        if (change !== undefined) changes.push(change)
      }
    } catch (error) {
      throw lostCodes.has((error as MongoFailure).code) ? positionLost() : error
    } finally {
      await stream.close()
    }
  }
}

/** Codes of MongoDB's `error_codes.yml` that say that a stream does not go on, from wherever. */
const lostCodes: ReadonlySet<unknown> = new Set([
  47, // NoMatchingDocument: the row before or after is not kept (any more)
  136, // CappedPositionLost: the oplog was cut where it was being read
  280, // ChangeStreamFatalError
  286, // ChangeStreamHistoryLost: the oplog was cut behind the place
  10334, // BSONObjectTooLarge: the rows before and after are larger than an event may be
])

function parsePosition(position: Position): [generation: string, place: Place] {
  const [, generation, place] = /^([^:]*):([\da-f]{16})$/.exec(position) ?? []
  if (generation === undefined || place === undefined) throw positionLost()
  return [generation, place]
}

function placeOf({ t, i }: ClusterTime): Place {
  return [t, i].map((part) => part.toString(16).padStart(8, '0')).join('')
}

function secondsOf(place: Place): number {
  return parseInt(place.slice(0, 8), 16)
}

/** The first time that lies behind a place. */
function timeBehind({ Timestamp }: Driver, place: Place): ClusterTime {
  return new Timestamp({ t: secondsOf(place), i: parseInt(place.slice(8), 16) + 1 })
}

function noLog(): WherryError {
  return new WherryError(
    'SchemaMismatch',
    'The change log of this database has lost its name: somebody has emptied wherry_log_state; ' +
      'connect again to begin a new one',
    { problems: ["'wherry_log_state' does not name the change log"] },
  )
}
