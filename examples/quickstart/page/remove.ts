import { isWherryError } from '@wherry/client'
import type { CheckIn } from './check-in.ts'
import { db } from './db.ts'
import { createDraft, type Draft } from './draft.ts'
import { notify } from './notice.ts'
import { failureText } from './texts.ts'

/** Deletes the version that the person has seen, and no newer one. */
export async function remove(row: CheckIn): Promise<void> {
  try {
    await db.checkIns.delete(row.id, { ifVersion: row.version })
    const draft = createDraft(row.createdAt)
    const undo = { label: 'Undo', run: () => void putBack(row, draft) }
    notify(`Deleted what ${row.userId} said.`, undo)
  } catch (error) {
    const code = isWherryError(error) ? error.code : undefined
    if (code === 'VersionConflict') {
      notify('Not deleted: somebody has just changed it. Look at it again.')
    } else if (code === 'NotFound') notify('Somebody else has deleted it already.')
    else notify(failureText(error, 'deleted'))
  }
}

/**
 * Makes a new check-in that says the same. Under its old id its versions would begin anew, and an
 * edit of what it was before could take the new version 1 for the old one.
 */
async function putBack(row: CheckIn, draft: Draft): Promise<void> {
  const { userId, emotion, intensity, note } = row
  try {
    await draft.save({ userId, emotion, intensity, note })
    notify('It is back.')
  } catch (error) {
    notify(failureText(error), { label: 'Try again', run: () => void putBack(row, draft) })
  }
}
