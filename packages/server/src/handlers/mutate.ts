import type { Mutate } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

export function handleMutate(session: Session, mutate: Mutate): void {
  const { id, mutationId } = mutate
  const { gate } = session.settings
  session.mutate(id, async () => {
    try {
      const value = await gate.mutate(mutationId, mutate)
      session.send({ type: 'answer', id, value })
    } catch (error) {
      return session.fail(mutate, error)
    }
    // The client need not wait for this to go on, and neither do its later calls.
    void gate.delivered().then(() => session.settle(mutationId))
  })
}
