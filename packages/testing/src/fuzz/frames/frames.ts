import { systemRuntime, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { Random } from '../lib/random.ts'
import { hello, MessageMaker } from './messages.ts'
import { FrameSession } from './session.ts'
import { fits, spoilText, spoilTree } from './spoil.ts'
import { createWorld, type World } from './world.ts'

/** A frame for which the gateway did not do as documented. */
export interface Crash {
  readonly frame: string
  readonly error: unknown
}

export interface FramesReport {
  readonly frames: number
  readonly crashes: number
  /** The longest that a frame took until it was dealt with, in milliseconds. */
  readonly slowest: number
  /** Frames that took longer than 50 ms, and did so again each time when they were sent alone. */
  readonly over50ms: number
  readonly seed: number
  /** What was heard, and how often: types of messages, codes of errors, codes of closes. */
  readonly endings: ReadonlyMap<string, number>
  /** The first of the crashes, and of the slow frames. */
  readonly failures: readonly Crash[]
}

export interface FramesOptions {
  readonly frames: number
  readonly seed: number
  /** What the gateways serve, in turns. Default: memory nine times, then SQLite. */
  readonly adapters?: readonly (() => Adapter)[]
  /** What frames are timed by, in milliseconds. Default: the machine's monotonic clock. */
  readonly now?: () => number
  readonly onProgress?: (frames: number, crashes: number) => void
}

const framesPerWorld = 2_000
const framesPerSession = 200
const limitMs = 50
const maxFailures = 10

/** Sends frames to gateways, good ones and spoilt ones, and watches what comes of each. */
export async function runFrames(options: FramesOptions): Promise<FramesReport> {
  const run = new FramesRun(options)
  const stray = (error: unknown) => run.crash('(none: an error that nobody waited for)', error)
  process.on('unhandledRejection', stray).on('uncaughtException', stray)
  try {
    return await run.all()
  } finally {
    process.off('unhandledRejection', stray).off('uncaughtException', stray)
  }
}

class FramesRun {
  readonly #options: FramesOptions
  readonly #now: () => number
  readonly #failures: Crash[] = []
  readonly #prototypes = prototypes()
  readonly #endings = new Map<string, number>()
  #crashes = 0
  #frames = 0
  #slowest = 0
  #over50ms = 0

  constructor(options: FramesOptions) {
    this.#options = options
    this.#now = options.now ?? systemRuntime.monotonic
  }

  async all(): Promise<FramesReport> {
    const { frames, seed } = this.#options
    const adapters = this.#options.adapters ?? [
      ...Array.from({ length: 9 }, () => memory),
      inMemorySqlite,
    ]
    for (let number = 0; this.#frames < frames; number++) {
      const create = () => createWorld(adapters[number % adapters.length]!())
      const world = await create()
      try {
        await this.#inWorld(world, new Random(seed, number), create)
      } finally {
        await world.close()
      }
      this.#options.onProgress?.(this.#frames, this.#crashes)
    }
    return {
      frames: this.#frames,
      crashes: this.#crashes,
      slowest: Math.round(this.#slowest * 100) / 100,
      over50ms: this.#over50ms,
      seed,
      endings: this.#endings,
      failures: this.#failures,
    }
  }

  crash(frame: string, error: unknown): void {
    this.#crashes++
    if (this.#failures.length < maxFailures) this.#failures.push({ frame, error })
  }

  async #inWorld(world: World, random: Random, create: () => Promise<World>): Promise<void> {
    const messages = new MessageMaker(random)
    let session: FrameSession | undefined
    const end = Math.min(this.#options.frames, this.#frames + framesPerWorld)
    for (let left = 0; this.#frames < end; left--) {
      if (session?.closedWith !== undefined || left <= 0) {
        session?.leave()
        session = undefined
        left = framesPerSession
      }
      const isNew = session === undefined
      session ??= new FrameSession(world.gateway)
      const frame = drawFrame(random, messages, isNew)
      const tookMs = await this.#send(world, session, frame, messages)
      if (tookMs <= limitMs) this.#slowest = Math.max(this.#slowest, tookMs)
      else await this.#timeAgain(frame, create)
      this.#frames++
      if (this.#frames % 100 === 0) await this.#check(world)
    }
  }

  async #send(
    world: World,
    session: FrameSession,
    frame: string,
    messages: MessageMaker,
  ): Promise<number> {
    const startMs = this.#now()
    try {
      for (const message of await session.say(frame)) {
        const { offset } = message as { offset?: string }
        if (offset !== undefined) messages.offsets[3 + (this.#frames % 20)] = offset
        this.#count(message.type === 'error' ? message.code : message.type)
      }
      if (session.closedWith !== undefined) this.#count(`closed with ${session.closedWith}`)
    } catch (error) {
      this.crash(frame, error)
      session.closedWith ??= 0
    }
    const tookMs = this.#now() - startMs
    for (const error of world.untold.splice(0)) this.crash(frame, error)
    return tookMs
  }

  #count(ending: string): void {
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1)
  }

  /**
   * Whatever else the machine was busy with: a slow frame is one that is slow every time. It is sent
   * to others, so that what is drawn next depends on no clock.
   */
  async #timeAgain(frame: string, create: () => Promise<World>): Promise<void> {
    const world = await create()
    let fastest = Infinity
    for (let times = 0; times < 3; times++) {
      const session = new FrameSession(world.gateway)
      await session.say(JSON.stringify([hello]))
      // What has been done under its id would be done no more.
      const fresh = frame.replaceAll(
        '"mutationId":"m',
        `"mutationId":"again${times}-${this.#frames}-`,
      )
      const startMs = this.#now()
      await session.say(fresh).catch(() => undefined)
      fastest = Math.min(fastest, this.#now() - startMs)
      session.leave()
    }
    await world.close()
    this.#slowest = Math.max(this.#slowest, fastest)
    if (fastest <= limitMs) return
    this.#over50ms++
    if (this.#failures.length < maxFailures) {
      this.#failures.push({ frame, error: `took ${fastest.toFixed(1)} ms` })
    }
  }

  async #check(world: World): Promise<void> {
    try {
      await world.checkHonest()
      if (prototypes() !== this.#prototypes) throw new Error('a prototype has changed')
    } catch (error) {
      this.crash('(some frame before)', error)
    }
  }
}

function inMemorySqlite(): Adapter {
  return sqlite({ file: ':memory:' })
}

function drawFrame(random: Random, messages: MessageMaker, isNew: boolean): string {
  const count = random.weighted([
    [60, 1],
    [25, 2],
    [10, 5],
    [1, 30],
    [0.5, 0],
  ])
  const frame = Array.from({ length: count }, () => messages.next())
  // Nobody gets far without hello.
  if (isNew && random.chance(0.95)) frame.unshift({ ...hello })
  // Pools are shared between messages, and what is spoilt is spoilt in its place.
  const text = JSON.stringify(
    random.chance(0.4) ? spoilTree(random, structuredClone(frame)) : frame,
  )
  const spoilt = random.chance(0.2) ? spoilText(random, text) : text
  return fits(spoilt) ? spoilt : '[]'
}

/** All names of what the language gives every object, and how often each is there. */
function prototypes(): string {
  const all = [Object, Array, Function, String, Number, Promise, Map, Set, Date, RegExp, Error]
  return JSON.stringify(all.map((each) => Reflect.ownKeys(each.prototype as object).map(String)))
}
