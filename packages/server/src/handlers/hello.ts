import { protocolVersion, type Hello, type Welcome } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'
import { Violation } from '../session/read-frame.ts'

export function handleHello(session: Session, { version, schema }: Hello): void {
  if (version !== protocolVersion) {
    throw new Violation('WrongVersion', `this server speaks version ${protocolVersion}`)
  }
  const { gate } = session.settings
  const { descriptor, source } = gate
  void session.greet(async (): Promise<Welcome> => {
    const generation = await gate.generation()
    const { hash } = descriptor
    const welcome = { type: 'welcome', version, source, generation, schema: hash } as const
    return schema === hash ? welcome : { ...welcome, descriptor }
  })
}
