import type { Request } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

export function handleRequest(session: Session, request: Request): void {
  session.read(request, async () => {
    const { value, asOf } = await session.settings.gate.read(request)
    return { type: 'answer', id: request.id, value, asOf }
  })
}
