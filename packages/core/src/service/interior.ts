import { invalidOptions } from '../lib/options.ts'
import type { Tail } from '../live/tail.ts'
import type { Channels } from './channels.ts'
import type { ServiceSettings } from './options.ts'
import type { Scope } from './scope.ts'

/** What a service is made of, for the gate, which serves others than the host's own code. */
export interface Interior extends ServiceSettings {
  readonly tail: Tail
  readonly channels: Channels | undefined
  /**
   * A transaction, on every engine: where there are none, `work` may write once, and a mutation's id
   * is recorded before it and its result behind it.
   */
  readonly transaction: (
    work: (tx: Scope) => Promise<unknown>,
    options: { readonly mutationId: string },
  ) => Promise<unknown>
  /** Throws unless calls may go to the database beside any transaction: see OutsideTransaction. */
  readonly checkOutside: () => void
}

const interiors = new WeakMap<object, Interior>()

export function keepInterior<T extends object>(data: T, interior: Interior): T {
  interiors.set(data, interior)
  return data
}

/** Throws InvalidOptions for what `createDataService()` has not made. */
export function interiorOf(data: unknown): Interior {
  const interior = typeof data === 'object' && data !== null ? interiors.get(data) : undefined
  if (interior !== undefined) return interior
  throw invalidOptions("'data' is a data service, as createDataService() makes it")
}
