import type { Adapter } from '@wherry/core'
import type { Contender } from '../lib/interleave.ts'
import type { CaseName, Subject } from './subject.ts'
import type { TableSize, Workload } from './workload.ts'

/** A kind of database, and who can be measured on it. */
export interface Engine {
  readonly name: string
  /** Where it is not as much as on the others. */
  readonly size?: TableSize
  /** Makes an empty database. Throws `Unavailable` where there is no server to make it on. */
  create(): Promise<Database>
}

export interface Database {
  /** For the data service, which makes and fills the tables. */
  adapter(): Adapter
  /** The driver as it is used well by hand: the baseline. The tables are there by now. */
  openRaw(): Promise<Subject>
  /** Other data layers; who cannot be had here throws `Unavailable`. */
  readonly peers: readonly (() => Promise<Subject>)[]
  /** Contenders of this engine only, beside the subjects. */
  extras?(name: CaseName, load: Workload): readonly Contender[]
  /** The driver as it is used well for this many callers at once, where that is measured. */
  readonly together?: {
    readonly callers: number
    openRaw(): Promise<Pick<Subject, 'name' | 'point' | 'close'>>
  }
  /** What puts the tables back between turns, as they are at this moment. */
  openReset(): Promise<Reset>
  /** Removes the database, once nobody uses it any more. */
  close(): Promise<void>
}

export interface Reset {
  run(): void | Promise<void>
  close(): Promise<void>
}

/** What cannot be had on this machine, and why. */
export class Unavailable extends Error {}
