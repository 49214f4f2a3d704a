import { WherryError } from '@wherry/core'
import { splitFrameBytes, type Up } from '@wherry/core/protocol'

/** A message as it is sent. It is written once, however often it has to be sent. */
export interface Message {
  readonly text: string
  /** Its length in UTF-8. */
  readonly bytes: number
  /** Whether it was ever given to a socket. */
  isSent: boolean
}

/** What encloses the messages of a frame. */
export const bracketBytes = 2

const utf8 = new TextEncoder()

/** Throws TooLarge when the message does not fit into a frame of its own. */
export function writeMessage(up: Up): Message {
  const text = JSON.stringify(up)
  const bytes = utf8.encode(text).length
  if (bytes + bracketBytes <= splitFrameBytes) return { text, bytes, isSent: false }
  throw new WherryError(
    'TooLarge',
    `A call takes up to ${splitFrameBytes} bytes, this one ${bytes}; make several calls of it`,
  )
}
