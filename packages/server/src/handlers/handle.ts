import type { Up } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'
import { handleHello } from './hello.ts'
import { handleMutate } from './mutate.ts'
import { handlePing } from './ping.ts'
import { handleRequest } from './request.ts'
import { handleSubscribe } from './subscribe.ts'
import { handleUnsubscribe } from './unsubscribe.ts'

/** Does what a message asks for. Throws a Violation; what fails otherwise is told the client. */
export function handle(session: Session, message: Up): void {
  switch (message.type) {
    case 'hello':
      return handleHello(session, message)
    case 'request':
      return handleRequest(session, message)
    case 'mutate':
      return handleMutate(session, message)
    case 'subscribe':
      return handleSubscribe(session, message)
    case 'unsubscribe':
      return handleUnsubscribe(session, message)
    case 'ping':
      return handlePing(session)
  }
}
