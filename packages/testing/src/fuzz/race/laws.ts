import type { SchemaDefinition } from '@wherry/core/schema'
import { equal, isRecord } from '../lib/plain.ts'
import { isWrite, type Call, type Revision } from '../operation.ts'
import type { Failure, Row, RowsByCollection } from '../outcome.ts'
import { faultOfChanges, placeOf, type Change } from '../run/change-log.ts'
import { lostUpdate } from './lost-updates.ts'
import type { Revised, Run } from './run-client.ts'

/** What one race did on one engine. */
export interface Raced {
  readonly runs: readonly Run[]
  readonly before: RowsByCollection
  readonly changes: readonly Change[]
  readonly after: RowsByCollection
}

/** How a client may fail: by the data, because others were in the way, or because it was told to. */
const possible = new Set([
  'Planned',
  'NotFound',
  'VersionConflict',
  'UniqueViolation',
  'ForeignKeyViolation',
  'SerializationFailure',
  'LockTimeout',
])

/**
 * What a race broke of what holds at every isolation level: a failure of its own kind and without
 * any effect, no mutation twice, a true change log, no row that was never committed, no lost update.
 */
export function brokenRaceLaw(definition: SchemaDefinition, raced: Raced): string | undefined {
  const { runs, before, changes, after } = raced
  return (
    impossibleEnding(runs) ??
    mutationTwice(runs) ??
    faultOfChanges(definition, before, changes, after) ??
    wrongActor(raced) ??
    unknownRow(definition, raced) ??
    lostUpdate(definition, raced)
  )
}

function impossibleEnding(runs: readonly Run[]): string | undefined {
  const outcomes = runs.flatMap(({ steps, ending }) =>
    typeof ending === 'string' ? steps : [...steps, ending],
  )
  for (const outcome of outcomes) {
    if ('violation' in outcome) return outcome.violation
    if (!('failure' in outcome)) continue
    const code = reasonOf(outcome.failure)
    if (!possible.has(code)) return `a client failed with ${code}`
  }
  return undefined
}

export function reasonOf({ code, cause }: Failure): string {
  return code === 'TransactionAborted' ? (cause ?? code) : code
}

function mutationTwice(runs: readonly Run[]): string | undefined {
  const done = runs.filter(({ client, ending }) => client.mutationId && ending === 'applied')
  const ids = new Set(done.map(({ client }) => client.mutationId))
  return ids.size < done.length ? 'a mutation was made twice' : undefined
}

/** Only those who came through have changed something, under the name that they have given. */
function wrongActor({ runs, changes }: Raced): string | undefined {
  for (const { actor, mutationId } of changes) {
    if (actor === null && runs.some(({ client }) => client.isolationLevel === null)) continue
    const own = runs.filter((run) => run.actor === actor)
    if (own.length === 0) return 'the change log names nobody who was there'
    const run = own.find(({ ending }) => ending === 'applied')
    if (run === undefined) return 'a transaction failed and left something'
    if (mutationId !== (run.client.mutationId ?? null))
      return 'the change log names another mutation'
  }
  return undefined
}

/** Rows that were read have been committed by somebody, or written by the reader before. */
function unknownRow(definition: SchemaDefinition, raced: Raced): string | undefined {
  const committed = committedRows(definition, raced)
  for (const { client, steps, ending } of raced.runs) {
    // What an updateMany has made of rows it does not say.
    const says = client.calls.every((call) => 'revise' in call || call.call !== 'updateMany')
    if (ending !== 'applied' || !says) continue
    const own: Row[] = []
    for (const [at, step] of steps.entries()) {
      const call = client.calls[at]!
      if (!('value' in step)) continue
      const isKnown = (row: Row) => [...committed, ...own].some((each) => equal(each, row))
      if (!rowsRead(call, step.value).every(isKnown)) return 'a row was read that nobody committed'
      own.push(...rowsWritten(call, step.value))
    }
  }
  return undefined
}

function committedRows(definition: SchemaDefinition, { before, changes }: Raced): Row[] {
  const last = new Map<string, Row | null>()
  for (const [at, { collection, old, row, actor }] of changes.entries()) {
    // A transaction commits the last of what it made of a row; a call on its own makes one.
    last.set(`${actor ?? at} ${placeOf(collection, (row ?? old)!)}`, row)
  }
  const rows = Array.from(definition.collections.keys()).flatMap((name) => before[name] ?? [])
  return [...rows, ...Array.from(last.values()).filter((row) => row !== null)]
}

function rowsRead(call: Call | Revision, value: unknown): readonly Row[] {
  if ('revise' in call) return [(value as Revised).read]
  if (call.call === 'get') return [value as Row]
  return call.call === 'find' ? (value as Row[]) : []
}

function rowsWritten(call: Call | Revision, value: unknown): readonly Row[] {
  if ('revise' in call) return [(value as Revised).written].filter((row) => row !== null)
  const isRow = isWrite(call) && isRecord(value)
  return isRow ? [value] : Array.isArray(value) ? (value as Row[]) : []
}
