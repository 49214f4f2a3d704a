import { got } from '../lib/got.ts'

/** A value does not fit its type; the message completes "'field' …". */
export class Misfit extends Error {
  readonly code: 'InvalidValue' | 'OutOfRange'

  constructor(message: string, code: 'InvalidValue' | 'OutOfRange' = 'InvalidValue') {
    super(message)
    this.code = code
  }
}

export function expected(what: string, value: unknown): Misfit {
  return new Misfit(`must be ${what}, ${got(value)}`)
}
