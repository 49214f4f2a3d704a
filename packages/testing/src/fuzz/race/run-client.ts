import { isWherryError } from '@wherry/core'
import type { FieldDefinition, SchemaDefinition } from '@wherry/core/schema'
import type { Call, Client, Revision } from '../operation.ts'
import { outcomeOf, Planned, type Outcome, type Row } from '../outcome.ts'
import { performCall } from '../run/perform.ts'
import type { LooseScope } from '../subject.ts'
import type { Turn } from './take-turns.ts'

/** What came of a client. */
export interface Run {
  readonly client: Client
  /** Who the change log says that it was, if it runs in a transaction. */
  readonly actor: string
  /** What each call gave, in the last run of the closure. */
  readonly steps: readonly Outcome[]
  /** 'recorded': another client had done it before, under the same mutation id. */
  readonly ending: 'applied' | 'recorded' | Outcome
}

/** The value of a Revision's step. */
export interface Revised {
  readonly read: Row
  /** Null for a delete. */
  readonly written: Row | null
}

/** The field that revisions add to. */
export const total = 'total'

/**
 * Has a client do all that it does, each step in its turn. Its name, which is no other's, is what
 * its transaction resolves with.
 */
export async function runClient(
  data: LooseScope,
  definition: SchemaDefinition,
  client: Client,
  name: string,
  turn: Turn,
): Promise<Run> {
  // Two that send the same mutation have to be the same actor.
  const actor = client.mutationId ?? name
  const { isolationLevel, calls, fails, maxRetries, mutationId } = client
  let steps: Outcome[] = []
  const work = async (scope: LooseScope) => {
    steps = []
    for (const call of calls) {
      const { outcome, error } = await runStep(scope, definition, call, turn)
      steps.push(outcome)
      if ('value' in outcome || (client.catches && 'failure' in outcome)) continue
      throw error
    }
    if (isolationLevel !== null) await turn()
    if (fails) throw new Planned()
    return name
  }
  const options = { isolationLevel, maxRetries, actor, ...(mutationId && { mutationId }) }
  await turn()
  try {
    const by = await (isolationLevel === null ? work(data) : data.transaction(work, options))
    return { client, actor, steps, ending: by === name ? 'applied' : 'recorded' }
  } catch (error) {
    return { client, actor, steps, ending: raceOutcomeOf(error, definition) }
  }
}

async function runStep(
  scope: LooseScope,
  definition: SchemaDefinition,
  call: Call | Revision,
  turn: Turn,
): Promise<{ outcome: Outcome; error?: unknown }> {
  await turn()
  try {
    if ('call' in call) return { outcome: { value: await performCall(scope, call) } }
    const field = definition.collections.get(call.on)!.fields.get(total)!
    return { outcome: { value: await revise(scope, call, field, turn) } }
  } catch (error) {
    return { outcome: raceOutcomeOf(error, definition), error }
  }
}

async function revise(
  scope: LooseScope,
  { on, key, guard, add, revise: method }: Revision,
  field: FieldDefinition,
  turn: Turn,
): Promise<Revised> {
  const options = guard === 'forUpdate' ? [{ forUpdate: true }] : []
  const read = (await performCall(scope, { call: 'get', on, args: [key, ...options] })) as Row
  await turn()
  const condition = guard === 'ifVersion' ? [{ ifVersion: read.version }] : []
  const patch = { [total]: sum(field, read[total], add) }
  const args = method === 'update' ? [key, patch, ...condition] : [key, ...condition]
  const written = await performCall(scope, { call: method, on, args })
  return { read, written: (written as Row | undefined) ?? null }
}

/** A whole number as a value of the field's kind. */
export function amount({ kind }: FieldDefinition, value: number): unknown {
  if (kind === 'bigint') return BigInt(value)
  return kind === 'decimal' ? String(value) : value
}

function sum(field: FieldDefinition, value: unknown, add: number): unknown {
  switch (field.kind) {
    case 'bigint':
      return (value as bigint) + BigInt(add)
    case 'decimal': {
      const [whole = '0', fraction = ''] = (value as string).split('.')
      return `${BigInt(whole) + BigInt(add)}.${fraction}`
    }
    default:
      return (value as number) + add
  }
}

/** Where several write at once, one may have to wait too long. */
function raceOutcomeOf(error: unknown, definition: SchemaDefinition): Outcome {
  if (isWherryError(error) && error.code === 'LockTimeout') return { failure: { code: error.code } }
  return outcomeOf(error, definition)
}
