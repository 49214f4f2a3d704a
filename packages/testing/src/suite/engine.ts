import type { Adapter, Capabilities, DataService, Runtime } from '@wherry/core'
import type { AnySchema } from '@wherry/core/schema'
import type { Scope } from './calls.ts'

/** What is to be expected of an engine. */
export interface Expectations {
  /** Exactly what the adapter declares once it is connected. */
  readonly capabilities: Capabilities
  /**
   * Scenarios that the engine is known not to pass, with the reason. They are run, and must fail:
   * a gap that has been closed fails the suite until it is taken from the list.
   */
  readonly knownGaps: Readonly<Record<string, string>>
}

/** An engine as the suite is told about it: how to make databases, and what to expect of it. */
export interface Engine extends Expectations {
  /** Its name in reports. */
  readonly name: string
  /** What the adapter calls itself. Default: the engine's name. */
  readonly adapterName?: string
  /** Why it cannot be run on this machine, such as a server that is not there. Default: it can be. */
  missing?(): Promise<string | undefined>
  /** What is to be expected otherwise of the server that is there. Default: nothing. */
  expectedHere?(): Promise<Partial<Expectations>>
  /** Makes an empty database. Every scenario has one of its own. */
  create(settings: DatabaseSettings): Promise<EngineDatabase>
}

export interface DatabaseSettings {
  /** How long a writer of this database waits for another one. Default: as the adapter has it. */
  readonly lockTimeoutMs?: number
}

export interface EngineDatabase {
  /** An adapter for this database; where only one can reach it, the same one again. */
  adapter(): Adapter
  /**
   * What scenarios call instead of a service on this database, such as a client of it. Default: the
   * service itself.
   */
  reach?(data: DataService<AnySchema>, runtime: Runtime): Scope
  /** Called when all services have been closed. */
  dispose(): Promise<void> | void
}

/** What is to be expected of the engine on this machine. */
export async function expectationsOf(engine: Engine): Promise<Expectations> {
  const { capabilities, knownGaps } = engine
  return { capabilities, knownGaps, ...(await engine.expectedHere?.()) }
}
