import type { Session } from '../session/session.ts'

export function handlePing(session: Session): void {
  session.send({ type: 'pong' })
}
