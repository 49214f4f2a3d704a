import type { Change } from '../../contract/change-log.ts'
import { isWherryError } from '../../errors/wherry-error.ts'
import { isPlainObject, type Json } from '../../lib/json.ts'
import { decodeValue } from '../../schema/codec.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { positionLost } from '../violations.ts'

/** A row of wherry_log, as far as it is read. */
export interface LogEntry {
  readonly seq: number
  readonly collection: string
  readonly operation: string
  readonly row: string | null
  readonly old: string | null
  readonly actor: string | null
  readonly mutationId: string | null
}

/**
 * The change that an entry tells of. One that does not tell it is PositionLost: who reads on asks
 * for the rows themselves, and is told there what is wrong with them.
 */
export function decodeEntry(collection: CollectionDefinition, entry: LogEntry): Change {
  const { operation, actor, mutationId } = entry
  const old = operation === 'insert' ? null : decode(collection, entry.old)
  const row = operation === 'delete' ? null : decode(collection, entry.row)
  return { collection, old, row, actor, mutationId }
}

function decode({ fieldList }: CollectionDefinition, text: string | null): Row {
  const values = parse(text)
  const row: Row = {}
  for (const field of fieldList) {
    const value = values[field.name]
    // The trigger was made by a program that does not know the field.
    if (value === undefined) throw positionLost()
    try {
      row[field.name] = decodeValue(field, value)
    } catch (error) {
      // A value that the kind cannot be: another program wrote it.
      throw isWherryError(error) && error.code === 'CorruptValue' ? positionLost() : error
    }
  }
  return row
}

function parse(text: string | null): Record<string, Json> {
  try {
    const json: unknown = JSON.parse(text ?? 'null')
    if (isPlainObject(json)) return json as Record<string, Json>
  } catch {
    // As below: it is no row.
  }
  throw positionLost()
}
