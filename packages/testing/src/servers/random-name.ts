import { systemRuntime } from '@wherry/core'

/** A name that nobody else has, nor guesses; an identifier and a part of a URL as it is. */
export function randomName(): string {
  const bytes = new Uint8Array(12)
  systemRuntime.fillRandom(bytes)
  return `wherry_${Buffer.from(bytes).toString('hex')}`
}
