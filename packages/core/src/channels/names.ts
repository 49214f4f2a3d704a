import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { invalidOptions } from '../lib/options.ts'
import { textFault } from '../lib/text.ts'

const maxNameLength = 191

/** The longest payload, in bytes of its JSON: with what names it, it fits into one frame. */
const maxPayloadBytes = 57_344

/** What a listener of a channel is told that nobody has published. */
const ownEvents = new Set(['gap', 'error', '*'])

/** Checks the name of a channel, of an event, or of a subscriber. Throws InvalidOptions. */
export function checkName(what: string, name: unknown): void {
  const isName = typeof name === 'string' && name !== '' && Array.from(name).length <= maxNameLength
  const fault = isName ? textFault(name) : got(name)
  if (fault === undefined) return
  throw invalidOptions(
    `The name of ${what} is a text of 1 to ${maxNameLength} characters, ${fault}`,
  )
}

/** Checks what is to be published. Throws InvalidOptions or TooLarge. */
export function checkMessage(event: unknown, payload: unknown): void {
  checkName('an event', event)
  if (ownEvents.has(event as string)) {
    throw invalidOptions(
      `'${event as string}' is told by channels themselves; name the event otherwise`,
    )
  }
  // What is no JSON is refused by its field, which says why.
  const text = JSON.stringify(payload ?? null) ?? ''
  // Few are so long that their bytes have to be counted.
  if (text.length * 3 <= maxPayloadBytes) return
  const { length } = new TextEncoder().encode(text)
  if (length <= maxPayloadBytes) return
  throw new WherryError(
    'TooLarge',
    `A payload has up to ${maxPayloadBytes} bytes of JSON, this one ${length}; keep it in a collection, and publish its key`,
  )
}
