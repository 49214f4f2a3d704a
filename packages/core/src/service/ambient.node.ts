import { AsyncLocalStorage } from 'node:async_hooks'
import type { Ambient, CreateAmbient } from './ambient.ts'

interface Frame {
  readonly owner: object
  readonly value: unknown
  readonly outer: Frame | undefined
}

/** One for all services: Node makes every promise carry every storage that was ever entered. */
const storage = new AsyncLocalStorage<Frame>()

export const nodeAmbient: CreateAmbient = <T>(): Ambient<T> => {
  const owner = {}
  return {
    run: (value, work) => storage.run({ owner, value, outer: storage.getStore() }, work),
    current() {
      let frame = storage.getStore()
      while (frame !== undefined && frame.owner !== owner) frame = frame.outer
      return frame?.value as T | undefined
    },
  }
}
