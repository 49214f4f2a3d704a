import { closeCodes } from '@wherry/core/protocol'
import { upSchemas } from '@wherry/core/protocol/schemas'

/** What a server knows of a connection, as far as it matters to what must come of a frame. */
export interface Shadow {
  isOpen: boolean
  /** Ids of subscriptions that stand. */
  readonly subscriptions: Set<number>
}

/** What must come of a frame. */
export interface Verdict {
  /** The codes with which the connection may be closed; then nothing else is expected. */
  readonly mayClose: Set<number>
  readonly mustClose: boolean
  /** Ids that are to be answered, each once. */
  readonly answers: Set<number>
  /** The mutations among them, which settle once they have been answered. */
  readonly mutations: Map<number, string>
  pongs: number
}

/** Reads a frame as the protocol's description says, and changes the shadow by it. */
export function judge(text: string, shadow: Shadow): Verdict {
  const verdict: Verdict = {
    mayClose: new Set(),
    mustClose: true,
    answers: new Set(),
    mutations: new Map(),
    pongs: 0,
  }
  const asked = new Set<number>()
  for (const message of parse(text)) {
    const fault = faultOf(message, shadow, verdict, asked)
    if (fault === undefined) continue
    verdict.mayClose.add(closeCodes[fault].code)
    return verdict
  }
  return { ...verdict, mustClose: false }
}

const nothing = Symbol('no message')

function parse(text: string): unknown[] {
  try {
    const frame: unknown = JSON.parse(text)
    return Array.isArray(frame) ? frame : [nothing]
  } catch {
    return [nothing]
  }
}

function faultOf(
  json: unknown,
  shadow: Shadow,
  verdict: Verdict,
  asked: Set<number>,
): keyof typeof closeCodes | undefined {
  const { type } = Object(json) as { type?: unknown }
  const schema = Object.entries(upSchemas).find(([name]) => name === type)?.[1]
  const read = schema?.safeParse(json)
  if (read?.success !== true) return 'BadFrame'
  const message = read.data
  if (message.type === 'hello') {
    if (shadow.isOpen) return 'HelloRepeated'
    if (message.version !== 1) return 'WrongVersion'
    shadow.isOpen = true
    return undefined
  }
  if (!shadow.isOpen) return 'HelloExpected'
  if (message.type === 'ping') verdict.pongs++
  if (message.type === 'ping') return undefined
  const { id } = message
  if (message.type === 'unsubscribe') {
    shadow.subscriptions.delete(id)
    return undefined
  }
  // A subscription of this frame that could not be had has left its id free; others have not.
  if (asked.has(id) || shadow.subscriptions.has(id)) {
    if (!shadow.subscriptions.has(id) || !verdict.answers.has(id)) return 'IdInUse'
    verdict.mayClose.add(closeCodes.IdInUse.code)
  }
  if (message.type === 'subscribe') shadow.subscriptions.add(id)
  else asked.add(id)
  if (message.type === 'mutate') verdict.mutations.set(id, message.mutationId)
  if (asked.size + shadow.subscriptions.size >= 1_000) {
    verdict.mayClose.add(closeCodes.TooMany.code)
  }
  verdict.answers.add(id)
  return undefined
}
