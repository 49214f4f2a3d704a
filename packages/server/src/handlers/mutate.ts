import type { Mutate } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'

export function handleMutate(session: Session, mutate: Mutate): void {
  const { mutationId } = mutate
  const { gate, onError } = session.settings
  const work = async () => ({
    value:
      mutate.collection === '$presence'
        ? await session.presences.mutate(mutate)
        : await gate.mutate(mutationId, mutate),
  })
  // The client need not wait for what follows to go on, and neither do its later calls.
  session.mutate(mutate, work, () => {
    gate.delivered().then(() => session.settle(mutationId), onError)
  })
}
