import { WherryError } from '../errors/wherry-error.ts'
import { got } from './got.ts'
import { isPlainObject } from './json.ts'

/** Refuses options that do not exist: a misspelt one must not be ignored. */
export function checkOptions(what: string, options: unknown, allowed: readonly string[]): void {
  if (!isPlainObject(options)) {
    throw invalidOptions(`${what} takes an object of options: ${allowed.join(', ')}`)
  }
  const unknown = Object.keys(options).find((key) => !allowed.includes(key))
  if (unknown === undefined) return
  throw invalidOptions(
    `${what} has no option ${JSON.stringify(unknown)}; it has ${allowed.join(', ')}`,
  )
}

/** What timers take: 2^31 - 1 milliseconds, some 24 days. Beyond it they would ring at once. */
const longestMs = 2_147_483_647

/** A number of milliseconds, 0 or more. */
export function checkMilliseconds(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= longestMs) return
  throw invalidOptions(
    `'${name}' is a number of milliseconds from 0 to ${longestMs}, ${got(value)}`,
  )
}

/**
 * How long to wait for something, which is never 0: to some servers and drivers that is no time, and
 * to others all the time there is.
 */
export function checkTimeout(name: string, value: unknown): void {
  checkMilliseconds(name, value)
  if ((value as number) >= 1) return
  throw invalidOptions(
    `'${name}' is 1 or more, ${got(value)}; write 1 to hardly wait at all, or say how long at most: ` +
      `86400000 is a day`,
  )
}

export function invalidOptions(message: string): WherryError {
  return new WherryError('InvalidOptions', message)
}
