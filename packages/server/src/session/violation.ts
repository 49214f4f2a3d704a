import type { CloseReason } from '@wherry/core/protocol'

/** What ends a connection: its client does not keep to the protocol. */
export class Violation extends Error {
  readonly reason: CloseReason

  constructor(reason: CloseReason, message: string = reason) {
    super(message)
    this.reason = reason
  }
}
