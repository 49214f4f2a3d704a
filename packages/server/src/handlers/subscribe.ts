import type { Subscribe } from '@wherry/core/protocol'
import { Subscription } from '../channels/subscription.ts'
import type { Session } from '../session/session.ts'

/** Mutations that came before need no waiting for: what they change will be pushed. */
export function handleSubscribe(session: Session, subscribe: Subscribe): void {
  const { id, collection, query, after } = subscribe
  session.checkFree(id)
  try {
    const source = session.settings.gate.live(collection, query)
    const subscription = new Subscription(session, id, source, after)
    session.subscriptions.set(id, subscription)
    session.channels.join(source, subscription)
  } catch (error) {
    session.fail(subscribe, error)
  }
}
