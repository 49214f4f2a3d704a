import type { CheckIn } from './check-in.ts'
import { db } from './db.ts'
import { isUncertain } from './texts.ts'

type Said = Pick<CheckIn, 'userId' | 'emotion' | 'intensity' | 'note'>

/** A check-in that is not saved yet. */
export interface Draft {
  save(said: Said): Promise<void>
}

/**
 * A draft has its id before it is sent. When nobody knows whether it arrived and it is sent again,
 * with other words or the same, it is still one check-in and never a second.
 */
export function createDraft(createdAt?: Date): Draft {
  const id = crypto.randomUUID()
  let mayBeThere = false
  return {
    async save(said) {
      const insert = { id, ...(createdAt && { createdAt }), ...said }
      try {
        if (mayBeThere) await db.checkIns.upsert({ on: ['id'], insert, update: said })
        else await db.checkIns.insert(insert)
      } catch (error) {
        mayBeThere ||= isUncertain(error)
        throw error
      }
    },
  }
}
