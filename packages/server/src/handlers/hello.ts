import { protocolVersion, type Hello, type Welcome } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'
import { Violation } from '../session/violation.ts'

export function handleHello(session: Session, { version, schema }: Hello): void {
  if (version !== protocolVersion) {
    throw new Violation('WrongVersion', `this server speaks version ${protocolVersion}`)
  }
  void session.greet(welcome(session, schema))
}

async function welcome({ settings }: Session, known: string | undefined): Promise<Welcome> {
  const { gate, onError } = settings
  const { descriptor, source } = gate
  // Whoever comes while the database is away is let in: calls say what is wrong, and when it is over.
  const generation = await gate.generation().catch((error: unknown) => {
    onError(error)
    return undefined
  })
  const { hash } = descriptor
  const message = {
    type: 'welcome',
    version: protocolVersion,
    source,
    generation,
    schema: hash,
  } as const
  return known === hash ? message : { ...message, descriptor }
}
