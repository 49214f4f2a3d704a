import { WherryError } from '../errors/wherry-error.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'

/** What a database refuses, said in the same words by every adapter. */

export function uniqueViolation(
  collection: CollectionDefinition,
  fields: readonly FieldDefinition[],
  cause?: unknown,
): WherryError {
  const names = fields.map(({ name }) => name)
  const same = names.length === 0 ? 'values of a unique index' : names.join(' and ')
  return new WherryError(
    'UniqueViolation',
    `Another row of '${collection.name}' has the same ${same}; ` +
      `choose another value, or change that row with upsert`,
    { collection: collection.name, fields: names, outcome: 'not-applied' },
    cause,
  )
}

export function foreignKeyViolation(
  collection: CollectionDefinition,
  cause?: unknown,
): WherryError {
  return new WherryError(
    'ForeignKeyViolation',
    `The write to '${collection.name}' breaks a reference: insert the row that is referred to ` +
      `first, and delete it last`,
    { collection: collection.name, outcome: 'not-applied' },
    cause,
  )
}

/** A row has been inserted meanwhile that cannot be seen, or is changed again and again. */
export function inTheWay(cause?: unknown): WherryError {
  return new WherryError(
    'SerializationFailure',
    'Others have written the row meanwhile; run it again',
    { outcome: 'not-applied' },
    cause,
  )
}

/** Says nothing of the other one: the caller may have guessed the id. */
export function mutationIdTaken(): WherryError {
  return new WherryError(
    'MutationIdTaken',
    'A mutation of this id was made by somebody else; give each mutation a new id, such as a UUID',
    { outcome: 'not-applied' },
  )
}

/** A reader's position is of another log, or older than what this one keeps. */
export function positionLost(): WherryError {
  return new WherryError(
    'PositionLost',
    'The change log does not hold what came after this position; query the rows again and go on from there',
  )
}

export function outOfRange(
  collection: CollectionDefinition,
  field: FieldDefinition | undefined,
  cause?: unknown,
): WherryError {
  const name = field === undefined ? `A field of '${collection.name}'` : `'${field.name}'`
  return new WherryError(
    'OutOfRange',
    `${name} would leave the range of its kind; nothing was changed`,
    {
      collection: collection.name,
      ...(field === undefined ? {} : { fields: [field.name] }),
      outcome: 'not-applied',
    },
    cause,
  )
}
