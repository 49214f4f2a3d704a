import type { Down } from '@wherry/core/protocol'

/** The server does not keep to the protocol; the message says what it sent. */
export class Unreadable extends Error {}

/** The messages of a frame, as far as they can be told apart; who takes one reads the rest of it. */
export function readFrame(data: unknown): readonly Down[] {
  if (typeof data !== 'string') throw new Unreadable('a frame that is no text')
  const frame = parse(data)
  if (!Array.isArray(frame)) throw new Unreadable('a frame that is no array')
  for (const message of frame as { readonly type?: unknown }[]) {
    if (typeof message?.type !== 'string') throw new Unreadable('a message without a type')
  }
  return frame as Down[]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unreadable('a frame that is no JSON', { cause: error })
  }
}
