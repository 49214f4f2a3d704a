import type { Endpoint } from '../../lib/raw-web-socket.ts'

/** How to follow a subject's rows over a WebSocket, and to insert some. All text is ASCII. */
export interface Protocol extends Endpoint {
  /** What anybody says now and then who wants to stay. */
  readonly keepAlive?: string
  /** The frames that insert these rows, by their numbers. */
  inserts(numbers: readonly number[]): string[]
  /** The rows of which a frame says that they are new. */
  rows(frame: string): unknown[]
}
