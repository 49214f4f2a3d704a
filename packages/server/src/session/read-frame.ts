import { maxArguments, maxNameLength, type Request, type Up } from '@wherry/core/protocol'
import { upSchemas } from '@wherry/core/protocol/schemas'
import { readMethods } from '@wherry/core/query'
import { Violation } from './violation.ts'

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
  if (isRequest(message as object)) return message as Request
  const result = upSchemas[type as Up['type']].safeParse(message)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Violation('BadFrame', `${type}: ${issue?.path.join('.')} ${issue?.message}`)
}

/**
 * Whether a message is a request that its schema would take as well. Most messages are, and the
 * schema takes longer for one than all else that the session does for it; what is not plainly a
 * request is for the schema to judge.
 */
export function isRequest(message: object): boolean {
  const { type, id, collection, method, args } = message as { [N in keyof Request]: unknown }
  return (
    type === 'request' &&
    Number.isSafeInteger(id) &&
    (id as number) >= 0 &&
    typeof collection === 'string' &&
    collection.length <= maxNameLength &&
    typeof method === 'string' &&
    Object.hasOwn(readMethods, method) &&
    Array.isArray(args) &&
    args.length <= maxArguments &&
    Object.keys(message).length === 5
  )
}
