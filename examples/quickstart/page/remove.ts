import { isWherryError } from '@wherry/client'
import type { CheckIn } from './check-in.ts'
import { db } from './db.ts'
import { notify } from './notice.ts'
import { failureText } from './texts.ts'

/** Deletes the version that the person has seen, and no newer one. */
export async function remove(row: CheckIn): Promise<void> {
  try {
    await db.checkIns.delete(row.id, { ifVersion: row.version })
    const undo = { label: 'Undo', run: () => void putBack(row) }
    notify(`Deleted what ${row.userId} said.`, undo)
  } catch (error) {
    const code = isWherryError(error) ? error.code : undefined
    if (code === 'VersionConflict') {
      notify('Not deleted: somebody has just changed it. Look at it again.')
    } else if (code === 'NotFound') notify('Somebody else has deleted it already.')
    else notify(failureText(error, 'deleted'))
  }
}

/** Inserts it again: everything that it said, under the same id, though as version 1. */
async function putBack(row: CheckIn): Promise<void> {
  const { updatedAt: _, version: __, ...said } = row
  try {
    await db.checkIns.insert(said)
    notify('It is back.')
  } catch (error) {
    // The answer to an earlier try may have been lost.
    if (isWherryError(error) && error.code === 'UniqueViolation') return notify('It is back.')
    notify(failureText(error), { label: 'Try again', run: () => void putBack(row) })
  }
}
