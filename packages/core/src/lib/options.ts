import { WherryError } from '../errors/wherry-error.ts'

/** Refuses options that do not exist: a misspelt one must not be ignored. */
export function checkOptions(what: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidOptions(`${what} takes an object of options: ${allowed.join(', ')}`)
  }
  const unknown = Object.keys(options).find((key) => !allowed.includes(key))
  if (unknown === undefined) return
  throw invalidOptions(
    `${what} has no option ${JSON.stringify(unknown)}; it has ${allowed.join(', ')}`,
  )
}

/** A number of milliseconds, 0 or more. */
export function checkMilliseconds(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return
  throw invalidOptions(`'${name}' is a number of milliseconds, 0 or more`)
}

export function invalidOptions(message: string): WherryError {
  return new WherryError('InvalidOptions', message)
}
