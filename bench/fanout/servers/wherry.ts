import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { createGateway } from '@wherry/server'
import { schema } from '../rows.ts'
import type { Attach } from './attach.ts'

/** The gateway as an application mounts it, over a data service. */
export const attachWherry: Attach = async (server) => {
  // As many rows as are ever inserted: nobody takes any away, and more than a query holds are not told.
  const live = { maxRows: 10_000_000 }
  const data = createDataService({ schema, databases: [memory()], live })
  await data.connect()
  createGateway({ data, policies: 'open' }).attach(server)
}
