import type { Server } from 'node:http'

/** Lets an http server, which does not listen yet, take rows and tell everybody of them. */
export type Attach = (server: Server) => Promise<void>
