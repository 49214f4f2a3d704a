import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { isPlainObject, maxDepth } from '../lib/json.ts'
import { acceptOperand } from '../schema/accept.ts'
import { decodeValue, encodeValue } from '../schema/codec.ts'
import { kinds } from '../schema/kinds.ts'
import { Misfit } from '../schema/misfit.ts'
import type { Conversion } from './calls.ts'

const asIs = (value: unknown) => value

/**
 * A client's arguments to JSON. What would change on the way is refused here, as a service would.
 * What comes of it shares parts with the arguments, so it is to be made a text at once.
 */
export const encodeArguments: Conversion = {
  field: (field, value, collection) => encodeValue(field, acceptOperand(field, value, collection)),
  plain(value, code) {
    if (staysItself(value, 0)) return value
    throw new WherryError(code, `A part of the call is not JSON, ${got(value)}`)
  },
  unknown: () => null,
}

/**
 * Whether JSON brings a part of a query over as it is, for the planner to read. An object that has
 * something undefined does not come over: it would lose a condition.
 */
function staysItself(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean'
  if (value === null) return true
  if (depth > maxDepth || !(Array.isArray(value) || isPlainObject(value))) return false
  // Array.from finds the holes of a sparse array too.
  const parts: unknown[] = Array.isArray(value) ? Array.from(value) : Object.values(value)
  return parts.every((part) => staysItself(part, depth + 1))
}

/** A client's arguments from JSON. Whether they fit is for the planner to say, as for all callers. */
export const decodeArguments: Conversion = {
  field(field, json, collection) {
    try {
      return kinds[field.kind].decode(json as never, field)
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      const details = { ...(collection !== undefined && { collection }), fields: [field.name] }
      throw new WherryError(error.code, `'${field.name}' ${error.message}`, details)
    }
  },
  plain: asIs,
  unknown: asIs,
}

/** A service's results to JSON. */
export const encodeResults: Conversion = { field: encodeValue, plain: asIs, unknown: asIs }

/** A service's results from JSON. */
export const decodeResults: Conversion = {
  field: (field, json) => decodeValue(field, json as never),
  plain: asIs,
  unknown: asIs,
}
