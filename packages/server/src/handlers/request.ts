import type { Request } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

export function handleRequest(session: Session, request: Request): void {
  session.read(request, () => session.settings.gate.read(request))
}
