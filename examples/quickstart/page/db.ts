import { createClient } from '@wherry/client'
import type { AppSchema } from '../schema.ts'

/** The database, as the page sees it. */
export const db = createClient<AppSchema>({
  url: `${location.origin.replace(/^http/, 'ws')}/wherry`,
  reconnect: { capMs: 5_000 },
})

// To be tried by hand in the browser's console: await db.checkIns.count()
Object.assign(window, { db })
