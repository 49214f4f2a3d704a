import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { isPlainObject, maxDepth } from '../lib/json.ts'
import { acceptOperand } from '../schema/accept.ts'
import { decodeValue, encodeValue, isJson } from '../schema/codec.ts'
import { kinds } from '../schema/kinds.ts'
import { Misfit } from '../schema/misfit.ts'
import type { Conversion } from './calls.ts'
import type { Shape } from './shape.ts'

const asIs = (value: unknown) => value

/**
 * A client's arguments to JSON. What would change on the way is refused here, as a service would.
 * What comes of it shares parts with the arguments, so it is to be made a text at once.
 */
export const encodeArguments: Conversion = {
  field: (field, value, collection) => encodeValue(field, acceptOperand(field, value, collection)),
  plain(value, name, code) {
    const fault = jsonFault(value, name, 0)
    if (fault === undefined) return value
    throw new WherryError(code, `${fault}; a call is sent as JSON`)
  },
  unknown: () => null,
}

/**
 * Why JSON would not bring a part of a query over as it is, for the planner to read; or undefined.
 * An object that has something undefined does not come over: it would lose a condition.
 */
function jsonFault(value: unknown, place: string, depth: number): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || value === null
  if (isScalar || (typeof value === 'number' && Number.isFinite(value))) return undefined
  if (depth > maxDepth) return `'${place}' is nested deeper than ${maxDepth} levels`
  if (!Array.isArray(value) && !isPlainObject(value)) return `'${place}' is not JSON, ${got(value)}`
  // Array.from finds the holes of a sparse array too.
  const parts = Array.isArray(value) ? Array.from(value).entries() : Object.entries(value)
  for (const [key, part] of parts as Iterable<[string | number, unknown]>) {
    const fault = jsonFault(part, `${place}.${key}`, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
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
export const encodeResults: Conversion = {
  field: encodeValue,
  plain: asIs,
  unknown: asIs,
  keeps({ fields }) {
    let keeps = jsonShapes.get(fields)
    if (keeps === undefined) {
      keeps = Array.from(fields.values()).every(isJson)
      jsonShapes.set(fields, keeps)
    }
    return keeps
  },
}

/** Which shapes hold nothing but JSON: asked for every answer, and found out once. */
const jsonShapes = new WeakMap<Shape['fields'], boolean>()

/** A service's results from JSON. */
export const decodeResults: Conversion = {
  field: (field, json) => decodeValue(field, json as never),
  plain: asIs,
  unknown: asIs,
}
