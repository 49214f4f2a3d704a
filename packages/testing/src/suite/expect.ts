import { inspect } from 'node:util'
import { errorCodes, isWherryError, type WherryError } from '@wherry/core'
import type { AnySort } from './markers.ts'
import type { Failure, WherryFailure } from './scenario.ts'

/** A scenario's step did not go as it says. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** Throws a Mismatch unless the value is what was expected; `what` names the value. */
export function expectValue(what: string, actual: unknown, expected: unknown): void {
  const difference = differenceOf(actual, expected, '')
  if (difference === undefined) return
  throw new Mismatch(`${what}: expected ${show(expected)}, got ${show(actual)}${difference}`)
}

/** Where two values differ, or undefined. Stricter than JSON: -0 is not 0, undefined is not absent. */
function differenceOf(actual: unknown, expected: unknown, place: string): string | undefined {
  const fault = (why = 'differ') => (place === '' ? '' : ` (${place.slice(1)} ${why})`)
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(actual, expected) ? undefined : fault()
  }
  if ('@any' in expected) {
    return isOfSort(actual, expected['@any'] as AnySort) ? undefined : fault()
  }
  if ('@length' in expected) {
    return Array.isArray(actual) && actual.length === expected['@length'] ? undefined : fault()
  }
  if (typeof actual !== 'object' || actual === null) return fault()
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) {
    return fault('are of different classes')
  }
  if (expected instanceof Date) {
    return (actual as Date).getTime() === expected.getTime() ? undefined : fault()
  }
  if (expected instanceof Uint8Array) {
    return sameBytes(actual as Uint8Array, expected) ? undefined : fault()
  }
  const names = Object.keys(expected)
  const own = Object.keys(actual)
  if (own.length !== names.length || names.some((name) => !Object.hasOwn(actual, name))) {
    return fault('have different keys')
  }
  for (const name of names) {
    const inside = differenceOf(
      (actual as Record<string, unknown>)[name],
      (expected as Record<string, unknown>)[name],
      `${place}.${name}`,
    )
    if (inside !== undefined) return inside
  }
  return undefined
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

const uuidV7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

export function isOfSort(value: unknown, sort: AnySort): boolean {
  switch (sort) {
    case 'id':
      return typeof value === 'string' && uuidV7.test(value)
    case 'time':
      return value instanceof Date && !Number.isNaN(value.getTime())
    case 'text':
      return typeof value === 'string' && value !== ''
    case 'positive':
      return typeof value === 'number' && value > 0
    case 'number':
      return typeof value === 'number' && !Number.isNaN(value)
    case 'boolean':
      return typeof value === 'boolean'
  }
}

/** Throws a Mismatch unless the error is the expected one. `isWrite`: its outcome must be told. */
export function expectFailure(
  what: string,
  error: unknown,
  failure: Failure,
  isWrite: boolean,
): void {
  const fault =
    faultOf(error, failure) ??
    (isWrite && 'code' in failure ? outcomeFault(error, failure) : undefined)
  if (fault === undefined) return
  const message = `${what}: expected the failure ${show(failure)}, got ${tell(error)}: ${fault}`
  throw new Mismatch(message, { cause: error })
}

function faultOf(error: unknown, failure: Failure): string | undefined {
  return 'thrown' in failure ? thrownFault(error, failure.thrown) : errorFault(error, failure)
}

function thrownFault(error: unknown, message: string): string | undefined {
  const same = error instanceof Error && !isWherryError(error) && error.message === message
  return same ? undefined : 'another error'
}

function errorFault(error: unknown, failure: WherryFailure): string | undefined {
  if (!isWherryError(error)) return 'no WherryError'
  const { code, message, details } = error
  if (code !== failure.code) return `the code is ${code}`
  if (error.retryable !== errorCodes[code].retryable) return `retryable is ${error.retryable}`
  if (message.trim() === '') return 'the message is empty'
  const unnamed = [...(failure.fields ?? []), ...(failure.names ?? [])].find(
    (name) => !message.includes(name),
  )
  if (unnamed !== undefined) return `the message does not name ${unnamed}`
  for (const key of ['fields', 'collection', 'current'] as const) {
    if (key in failure && differenceOf(details[key], failure[key], '') !== undefined) {
      return `details.${key} is ${show(details[key])}`
    }
  }
  if (failure.cause === undefined) return undefined
  const fault = faultOf(error.cause, failure.cause)
  return fault === undefined ? undefined : `its cause is ${tell(error.cause)}: ${fault}`
}

function outcomeFault(error: unknown, { outcome = 'not-applied' }: WherryFailure) {
  const { details } = error as WherryError
  if (details.outcome !== outcome) return `details.outcome is ${show(details.outcome)}`
  if (!isOfSort(details.mutationId, 'id'))
    return `details.mutationId is ${show(details.mutationId)}`
  return undefined
}

/** An error in a line. */
export function tell(error: unknown): string {
  if (isWherryError(error)) return `${error.code} (${error.message})`
  return error instanceof Error ? `${error.name} (${error.message})` : show(error)
}

export function show(value: unknown): string {
  return inspect(value, {
    depth: 8,
    breakLength: Infinity,
    maxArrayLength: 30,
    maxStringLength: 200,
  })
}
