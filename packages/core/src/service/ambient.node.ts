import { AsyncLocalStorage } from 'node:async_hooks'
import type { Ambient, CreateAmbient } from './ambient.ts'

interface Frame {
  readonly owner: object
  readonly value: unknown
  readonly outer: Frame | undefined
}

/** One for all services: Node makes every promise carry every storage that was ever entered. */
const storage = new AsyncLocalStorage<Frame>()
/** How many closures are under way. Without any the storage is off: it slows every promise down. */
let running = 0

async function within<R>(frame: Frame, work: () => Promise<R>): Promise<R> {
  running++
  try {
    return await storage.run(frame, work)
  } finally {
    if (--running === 0) storage.disable()
  }
}

export const nodeAmbient: CreateAmbient = <T>(): Ambient<T> => {
  const owner = {}
  return {
    run: (value, work) => within({ owner, value, outer: storage.getStore() }, work),
    current() {
      let frame = storage.getStore()
      while (frame !== undefined && frame.owner !== owner) frame = frame.outer
      return frame?.value as T | undefined
    },
  }
}
