import { AsyncLocalStorage } from 'node:async_hooks'
import type { Ambient, CreateAmbient } from './ambient.ts'

export const nodeAmbient: CreateAmbient = <T>(): Ambient<T> => {
  const storage = new AsyncLocalStorage<T>()
  return {
    run: (value, work) => storage.run(value, work),
    current: () => storage.getStore(),
  }
}
