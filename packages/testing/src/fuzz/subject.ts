import { createDataService } from '@wherry/core'
import type { Adapter, CaptureMode } from '@wherry/core'
import type { AnySchema, SchemaDefinition } from '@wherry/core/schema'
import { everything, type Abilities } from './abilities.ts'
import { createFuzzRuntime, type FuzzRuntime } from './lib/runtime.ts'
import type { BuiltSchema } from './schema-spec.ts'

/** Something to be measured against the oracle. */
export interface Engine {
  readonly name: string
  /**
   * An empty database and what cleans up after it. `variant` counts the databases that a run has
   * opened, for engines that can be opened in more than one way.
   */
  open(variant: number): Promise<OpenedEngine>
  /** Why it cannot be had here, if it cannot; absent: it always can. */
  missing?(): Promise<string | undefined>
  /** Ends what its databases have shared. */
  close?(): Promise<void>
}

export interface OpenedEngine {
  readonly adapter: Adapter
  /** Another adapter on the same database; absent: there can be only one. */
  readonly another?: () => Adapter
  /** Who writes its log. Default: as the engine does it by itself. */
  readonly capture?: CaptureMode
  /** What it can do and no capability tells. Default: everything. */
  readonly abilities?: Partial<Abilities>
  readonly dispose: () => Promise<void>
}

/** The methods of one collection, for arguments that no type has checked. */
export type LooseHandle = Readonly<Record<string, (...args: unknown[]) => unknown>>

export interface LooseScope {
  collection(name: string): LooseHandle
  transaction(work: (tx: LooseScope) => Promise<unknown>, options?: object): Promise<unknown>
}

/** One engine behind a service, connected to an empty database of the schema. */
export interface Subject {
  readonly name: string
  readonly adapter: Adapter
  readonly abilities: Abilities
  readonly schema: AnySchema
  readonly definition: SchemaDefinition
  readonly data: LooseScope
  readonly runtime: FuzzRuntime
  /** A second service on the database, or the same one where the log shows of no other. */
  beside(): Promise<LooseScope>
  close(): Promise<void>
}

export async function openSubject(
  engine: Engine,
  { schema, definition }: BuiltSchema,
  seed: number,
  variant: number,
): Promise<Subject> {
  const { adapter, another, abilities, capture, dispose } = await engine.open(variant)
  const runtime = createFuzzRuntime(seed)
  const serve = (database: Adapter) =>
    createDataService({ schema, databases: [database], runtime, ...(capture && { capture }) })
  const data = serve(adapter)
  const services = [data]
  const close = async () => {
    for (const service of services) await service.close()
    await dispose()
  }
  try {
    await data.connect()
    runtime.rewind()
  } catch (error) {
    await close()
    throw error
  }
  // What they say before they are connected may be less.
  const { transactions, serializable, foreignKeys, externalChanges } = adapter.capabilities
  return {
    name: engine.name,
    adapter,
    abilities: { ...everything, transactions, serializable, foreignKeys, ...abilities },
    schema,
    definition,
    data: data as unknown as LooseScope,
    runtime,
    async beside() {
      if (another !== undefined && externalChanges && services.length === 1) {
        const second = serve(another())
        services.push(second)
        await second.connect({ ensure: 'verify' })
      }
      return services.at(-1) as unknown as LooseScope
    },
    close,
  }
}
