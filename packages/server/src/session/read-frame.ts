import type { CloseReason, Up } from '@wherry/core/protocol'
import { upSchemas } from '@wherry/core/protocol/schemas'

/** What ends a connection: its client does not keep to the protocol. */
export class Violation extends Error {
  readonly reason: CloseReason

  constructor(reason: CloseReason, message: string = reason) {
    super(message)
    this.reason = reason
  }
}

/** The messages of a frame, each checked when it is its turn. */
export function* readFrame(text: string): Generator<Up> {
  for (const message of parse(text)) yield readMessage(message)
}

function parse(text: string): unknown[] {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    throw new Violation('BadFrame', 'a frame is JSON')
  }
  if (Array.isArray(frame)) return frame
  throw new Violation('BadFrame', 'a frame is an array of messages')
}

function readMessage(message: unknown): Up {
  const type = (message as { type?: unknown } | null)?.type
  if (typeof type !== 'string' || !Object.hasOwn(upSchemas, type)) {
    throw new Violation('BadFrame', 'a message has a known type')
  }
  const result = upSchemas[type as Up['type']].safeParse(message)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Violation('BadFrame', `${type}: ${issue?.path.join('.')} ${issue?.message}`)
}
