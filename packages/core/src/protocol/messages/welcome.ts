import type { SchemaDescriptor } from '../../schema/descriptor.ts'

/** The answer to `hello`: what the client has come to. */
export interface Welcome {
  readonly type: 'welcome'
  readonly version: number
  /** The engine that answers, as `metaOf(…).source` names it. */
  readonly source: string
  /** Names the log: offsets of another generation mean nothing here. Absent while it cannot be read. */
  readonly generation?: string | undefined
  /** The hash of the schema. */
  readonly schema: string
  /** The schema; absent when `hello` named its hash. */
  readonly descriptor?: SchemaDescriptor | undefined
}
