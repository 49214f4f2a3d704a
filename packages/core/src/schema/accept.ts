import type { StandardSchemaV1 } from '@standard-schema/spec'
import { WherryError, type ErrorDetails } from '../errors/wherry-error.ts'
import type { FieldDefinition } from './definition.ts'
import { kinds } from './kinds.ts'
import { got } from '../lib/got.ts'
import { Misfit } from './misfit.ts'

/**
 * The value as this field stores it, checked by its kind, its nullability and the host's own
 * `.check`. Throws InvalidValue or OutOfRange with a message that names the field; `collection`
 * only adds to the error's details. Every inserted value passes here: the good case allocates
 * nothing but what the kind copies.
 */
export function acceptField(field: FieldDefinition, value: unknown, collection?: string): unknown {
  if (value === null) {
    if (field.nullable) return null
    throw invalidValue(
      field,
      collection,
      `'${field.name}' must not be null: give it a value, or declare the field .nullable()`,
    )
  }
  const accepted = acceptOperand(field, value, collection)
  return field.check === undefined ? accepted : acceptChecked(field, accepted, collection)
}

/**
 * The value as a filter compares this field with it: of the field's kind, but not put through
 * `.check`, since asking for what cannot be there is no fault. Never null.
 */
export function acceptOperand(
  field: FieldDefinition,
  value: unknown,
  collection?: string,
): unknown {
  try {
    return kinds[field.kind].accept(value, field)
  } catch (error) {
    // A fake of a class, bytes whose buffer was sent away, or what an object of the host's runs.
    if (!(error instanceof Misfit))
      throw invalidValue(field, collection, `'${field.name}' cannot be read; see the cause`, error)
    throw new WherryError(
      error.code,
      `'${field.name}' ${error.message}`,
      detailsOf(field, collection),
    )
  }
}

function acceptChecked(field: FieldDefinition, accepted: unknown, collection?: string): unknown {
  const result = runCheck(field, accepted, collection)
  if (result.issues !== undefined) {
    throw invalidValue(
      field,
      collection,
      `'${field.name}' was refused by its check: ${issueText(result.issues)}, ${got(accepted)}`,
    )
  }
  const checked: unknown = result.value
  if (Object.is(checked, accepted)) return accepted
  if (checked === null || checked === undefined) {
    throw invalidValue(
      field,
      collection,
      `The check of '${field.name}' turned a value into ${checked}; a check keeps or refuses values`,
    )
  }
  return acceptOperand(field, checked, collection)
}

function runCheck(
  field: FieldDefinition,
  value: unknown,
  collection?: string,
): StandardSchemaV1.Result<unknown> {
  let result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>
  try {
    result = field.check!['~standard'].validate(value)
  } catch (cause) {
    throw invalidValue(
      field,
      collection,
      `The check of '${field.name}' threw instead of answering, ${got(value)}; see the cause`,
      cause,
    )
  }
  if (typeof result !== 'object' || result === null) {
    throw new WherryError(
      'InvalidSchema',
      `The check of '${field.name}' answered nothing: it is no Standard Schema (version 1)`,
      detailsOf(field, collection),
    )
  }
  if (!('then' in result)) return result
  // The answer comes too late to matter, and must not surface as an unhandled rejection.
  result.then(undefined, () => undefined)
  throw new WherryError(
    'InvalidSchema',
    `The check of '${field.name}' is asynchronous, and a write cannot wait for it; ` +
      'remove what waits from it and do that before the write',
    detailsOf(field, collection),
  )
}

function issueText(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues
    .map(({ message, path = [] }) => {
      const place = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
      return place === '' ? message : `at ${place}: ${message}`
    })
    .join('; ')
}

export function invalidValue(
  field: FieldDefinition,
  collection: string | undefined,
  message: string,
  cause?: unknown,
): WherryError {
  return new WherryError('InvalidValue', message, detailsOf(field, collection), cause)
}

function detailsOf(field: FieldDefinition, collection: string | undefined): ErrorDetails {
  const fields = [field.name]
  return collection === undefined ? { fields } : { collection, fields }
}
