import type { Unsubscribe } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

/** An id that names nothing is that of a subscription which failed while this was on its way. */
export function handleUnsubscribe(session: Session, { id }: Unsubscribe): void {
  session.subscriptions.get(id)?.end()
  session.subscriptions.delete(id)
}
