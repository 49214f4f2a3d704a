import type { Server } from 'node:http'

/** Lets an http server, which does not listen yet, serve the records. */
export type Attach = (server: Server) => Promise<void>
