/** How to ask a subject for records over a WebSocket. All text is ASCII. */
export interface Protocol {
  /** Where the WebSocket is, with its query. */
  readonly path: string
  readonly subprotocol?: string
  /** The frame to begin with, and how the frame begins that says that requests may follow. */
  readonly greeting?: { readonly hello: string; readonly welcome: string }
  /** The frames that ask for these records, under ids from `firstId` on. */
  requests(firstId: number, keys: readonly string[]): string[]
  /** How many requests a frame answers, as cheaply as can be: errors do not count. */
  answers(frame: Buffer): number
  /** The records in a frame, by the id of the request. */
  records(frame: string): (readonly [id: number, record: unknown])[]
}
