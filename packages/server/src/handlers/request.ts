import type { Request } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

export function handleRequest(session: Session, request: Request): void {
  const { id } = request
  session.read(id, async () => {
    try {
      const { value, asOf } = await session.settings.gate.read(request)
      session.send({ type: 'answer', id, value, asOf })
    } catch (error) {
      session.fail(request, error)
    }
  })
}
