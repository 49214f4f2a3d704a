import { createDataService } from '@wherry/core'
import type { Adapter } from '@wherry/core'
import type { SchemaDefinition } from '@wherry/core/schema'
import { createFuzzRuntime, type FuzzRuntime } from './lib/runtime.ts'
import { buildSchema, type SchemaSpec } from './schema-spec.ts'

/** Something to be measured against the oracle. */
export interface Engine {
  readonly name: string
  /**
   * An empty database and what cleans up after it. `variant` counts the databases that a run has
   * opened, for engines that can be opened in more than one way.
   */
  open(variant: number): Promise<OpenedEngine>
}

export interface OpenedEngine {
  readonly adapter: Adapter
  readonly dispose: () => Promise<void>
}

/** The methods of one collection, for arguments that no type has checked. */
export type LooseHandle = Readonly<Record<string, (...args: unknown[]) => unknown>>

export interface LooseScope {
  collection(name: string): LooseHandle
  transaction(work: (tx: LooseScope) => Promise<unknown>): Promise<unknown>
}

/** One engine behind a service, connected to an empty database of the schema. */
export interface Subject {
  readonly name: string
  readonly adapter: Adapter
  readonly definition: SchemaDefinition
  readonly data: LooseScope
  readonly runtime: FuzzRuntime
  close(): Promise<void>
}

async function openSubject(
  engine: Engine,
  spec: SchemaSpec,
  seed: number,
  variant: number,
): Promise<Subject> {
  const { adapter, dispose } = await engine.open(variant)
  const { schema, definition } = buildSchema(spec)
  const runtime = createFuzzRuntime(seed)
  const data = createDataService({ schema, databases: [adapter], runtime })
  const close = async () => {
    await data.close()
    await dispose()
  }
  try {
    await data.connect()
    runtime.rewind()
  } catch (error) {
    await close()
    throw error
  }
  return {
    name: engine.name,
    adapter,
    definition,
    data: data as unknown as LooseScope,
    runtime,
    close,
  }
}

/** Opens all of them or, when one fails, none. */
export async function openSubjects(
  engines: readonly Engine[],
  spec: SchemaSpec,
  seed: number,
  variant: number,
): Promise<Subject[]> {
  const subjects: Subject[] = []
  try {
    for (const engine of engines) subjects.push(await openSubject(engine, spec, seed, variant))
  } catch (error) {
    await closeSubjects(subjects)
    throw error
  }
  return subjects
}

export async function closeSubjects(subjects: readonly Subject[]): Promise<void> {
  for (const subject of subjects) await subject.close()
}
