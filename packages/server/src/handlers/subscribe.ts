import { WherryError } from '@wherry/core'
import { maxAtOnce, type Subscribe } from '@wherry/core/protocol'
import { Subscription } from '../channels/subscription.ts'
import type { Session } from '../session/session.ts'

/** Mutations that came before need no waiting for: what they change will be pushed. */
export function handleSubscribe(session: Session, subscribe: Subscribe): void {
  const { id, collection, query, method } = subscribe
  const { subscriptions, settings, channels } = session
  session.checkFree(id)
  try {
    if (subscriptions.size >= maxAtOnce) throw tooMany()
    const source = settings.gate.live(collection, query, method)
    const subscription = new Subscription(session, subscribe)
    subscriptions.set(id, subscription)
    channels.join(source, subscription)
  } catch (error) {
    subscriptions.delete(id)
    session.fail(subscribe, error)
  }
}

/** To close the connection would do no good: its client would come back, and ask the same. */
function tooMany(): WherryError {
  return new WherryError(
    'LimitExceeded',
    `A connection has at most ${maxAtOnce} subscriptions; end some that nobody looks at`,
  )
}
