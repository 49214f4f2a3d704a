import type { Database } from './driver.ts'

const hosts = new WeakMap<object, () => Database>()

/** An adapter's own, beside its contract, which knows no documents. */
export function keepHost(adapter: object, database: () => Database): void {
  hosts.set(adapter, database)
}

/** What gives the database of an adapter, if it is one of MongoDB. */
export function hostOf(adapter: object): (() => Database) | undefined {
  return hosts.get(adapter)
}
