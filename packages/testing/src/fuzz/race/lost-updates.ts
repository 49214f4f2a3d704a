import type { CollectionDefinition, SchemaDefinition } from '@wherry/core/schema'
import { isRecord } from '../lib/plain.ts'
import type { Call, Revision } from '../operation.ts'
import type { Outcome, Row } from '../outcome.ts'
import { worth } from '../reference.ts'
import type { Raced } from './laws.ts'
import { amount, total, type Revised, type Run } from './run-client.ts'

export function lostUpdate(definition: SchemaDefinition, raced: Raced): string | undefined {
  return wrongRevision(definition, raced.runs) ?? wrongSum(definition, raced)
}

/** A revision that is guarded by itself meets the row that it has read. */
function wrongRevision(
  { collections }: SchemaDefinition,
  runs: readonly Run[],
): string | undefined {
  for (const { client, steps } of runs) {
    for (const [at, step] of steps.entries()) {
      const call = client.calls[at]!
      if (!('value' in step) || !('revise' in call) || call.guard === 'isolation') continue
      const { read, written } = step.value as Revised
      const version = (read.version as number) + 1
      if (written !== null && written.version !== version)
        return 'a guarded row was changed between'
      const difference = valueOf(written?.[total] ?? read[total]) - valueOf(read[total])
      const added = valueOf(amount(collections.get(call.on)!.fields.get(total)!, call.add))
      if (written !== null && difference !== added) return 'an update made another value'
    }
  }
  return undefined
}

/**
 * All totals and all versions together are what they were, and what every write that was applied
 * has added to them or, as it deleted, taken away. It needs to be known what that is: deletes are
 * revisions, totals are incremented or revised under a guard.
 */
function wrongSum({ collections }: SchemaDefinition, raced: Raced): string | undefined {
  for (const collection of collections.values()) {
    const sum = { total: 0n, version: 0n }
    const add = (row: Row, sign: bigint) => {
      sum.total += sign * valueOf(row[total])
      sum.version += sign * valueOf(row.version)
    }
    for (const row of raced.before[collection.name] ?? []) add(row, 1n)
    const applied = appliedSteps(raced.runs, collection)
    if (mistakesRows(applied)) return undefined
    for (const { call, step } of applied) {
      const effect = effectOf(call, step)
      if (effect === undefined) return undefined
      sum.total += effect.total
      sum.version += effect.version
    }
    for (const row of raced.after[collection.name] ?? []) add(row, -1n)
    if (sum.total !== 0n) return `an update was lost — totals are ${sum.total / unit} short`
    if (sum.version !== 0n) return `an update was lost — versions are ${sum.version / unit} short`
  }
  return undefined
}

function appliedSteps(runs: readonly Run[], { name }: CollectionDefinition) {
  return runs.flatMap(({ client, steps, ending }) => {
    if (ending !== 'applied' && client.isolationLevel !== null) return []
    const all = steps.map((step, at) => ({ step, call: client.calls[at]! }))
    return all.filter(({ call, step }) => call.on === name && 'value' in step)
  })
}

interface Applied {
  readonly call: Call | Revision
  readonly step: Outcome
}

/**
 * Whether a version may be of another row than the one that was read: a key that was deleted and
 * inserted again counts from 1 again, so whoever holds its old version meets the new row.
 */
function mistakesRows(applied: readonly Applied[]): boolean {
  const isDeleted = applied.some(
    ({ call, step }) =>
      'revise' in call && 'value' in step && (step.value as Revised).written === null,
  )
  const isInserted = applied.some(
    ({ call }) => !('revise' in call) && (call.call === 'insert' || call.call === 'upsert'),
  )
  const byVersion = applied.some(({ call }) => 'revise' in call && call.guard === 'ifVersion')
  return isDeleted && isInserted && byVersion
}

interface Effect {
  readonly total: bigint
  readonly version: bigint
}

const unit = worth('1')
const none: Effect = { total: 0n, version: 0n }

/** What a write added to totals and versions; undefined where that cannot be known. */
function effectOf(call: Call | Revision, step: Outcome): Effect | undefined {
  if (!('value' in step)) return none
  const { value } = step
  if ('revise' in call) {
    const { read, written } = value as Revised
    if (call.guard === 'isolation') return undefined
    if (written !== null) return { total: BigInt(call.add) * unit, version: unit }
    return { total: -valueOf(read[total]), version: -valueOf(read.version) }
  }
  const [first, second] = call.args as [Record<string, unknown>, Record<string, unknown>]
  switch (call.call) {
    case 'insert':
      return { total: valueOf(first[total]), version: unit }
    case 'update':
      return changed(second, 1n)
    case 'updateMany':
      return changed(first.set as Row, BigInt(value as number))
    case 'upsert': {
      const isNew = (value as Row).version === 1
      const { insert, update } = first as Record<string, Row>
      return isNew ? { total: valueOf(insert![total]), version: unit } : changed(update!, 1n)
    }
    case 'delete':
    case 'deleteMany':
    case 'insertMany':
      return undefined
    default:
      return none
  }
}

function changed(patch: Row, rows: bigint): Effect | undefined {
  const change = patch[total]
  if (change === undefined) return { total: 0n, version: rows * unit }
  if (!isRecord(change)) return undefined
  return { total: rows * valueOf(change.increment), version: rows * unit }
}

/** A number of any kind as a whole number of units. */
function valueOf(value: unknown): bigint {
  return worth(String(value))
}
