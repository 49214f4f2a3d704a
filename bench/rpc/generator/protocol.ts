import type { Endpoint } from '../../lib/raw-web-socket.ts'

/** How to ask a subject for records over a WebSocket. All text is ASCII. */
export interface Protocol extends Endpoint {
  /** The frames that ask for these records, under ids from `firstId` on. */
  requests(firstId: number, keys: readonly string[]): string[]
  /** How many requests a frame answers, as cheaply as can be: errors do not count. */
  answers(frame: Buffer): number
  /** The records in a frame, by the id of the request. */
  records(frame: string): (readonly [id: number, record: unknown])[]
}
