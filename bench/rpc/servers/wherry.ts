import { createGateway } from '@wherry/server'
import { openRecords } from '../records.ts'
import type { Attach } from './attach.ts'

/** The gateway as an application mounts it. */
export const attachWherry: Attach = async (server) => {
  createGateway({ data: await openRecords(), policies: 'open' }).attach(server)
}
