import type { ReadMeta } from './types.ts'

const metas = new WeakMap<object, ReadMeta>()

/** Remembers who served a result, without touching the result itself. */
export function remember<T extends object>(result: T, meta: ReadMeta): T {
  metas.set(result, meta)
  return result
}

/**
 * Who served a read, and how old its answer is: for what a read returned, or for the promise of
 * it where that is a number or null. Undefined for everything else, copies of results included.
 */
export function metaOf(result: unknown): ReadMeta | undefined {
  return typeof result === 'object' && result !== null ? metas.get(result) : undefined
}
