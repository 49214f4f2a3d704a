import { WherryError } from '../errors/wherry-error.ts'
import { acceptJson } from '../lib/json.ts'
import { acceptOperand } from '../schema/accept.ts'
import { decodeValue, encodeValue } from '../schema/codec.ts'
import { kinds } from '../schema/kinds.ts'
import { Misfit } from '../schema/misfit.ts'
import type { Conversion } from './calls.ts'

const asIs = (value: unknown) => value

/** A client's arguments to JSON. What would change on the way is refused here, as a service would. */
export const encodeArguments: Conversion = {
  field: (field, value) => encodeValue(field, acceptOperand(field, value)),
  plain: (value, code) =>
    acceptJson(value, (fault) => new WherryError(code, `A part of the call ${fault}`)),
  unknown: () => null,
}

/** A client's arguments from JSON. Whether they fit is for the planner to say, as for all callers. */
export const decodeArguments: Conversion = {
  field(field, json) {
    try {
      return kinds[field.kind].decode(json as never, field)
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      const message = `'${field.name}' ${error.message}`
      throw new WherryError(error.code, message, { fields: [field.name] })
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
