import { Audience } from '../fanout/generator/audience.ts'
import { drive } from '../fanout/generator/drive.ts'
import { wherryProtocol } from '../fanout/generator/wherry.ts'
import { RawWebSocket } from '../lib/raw-web-socket.ts'
import { subjects, type SubjectName } from './subjects.ts'

/** What the load generator is asked; it answers each with a message. */
export type Command =
  /** Opens connections, which stay. */
  | {
      readonly do: 'open'
      readonly subject: SubjectName
      readonly port: number
      readonly first: number
      readonly count: number
    }
  | { readonly do: 'close' }
  /** Opens so many on one live query, and inserts a row; answered with how many were told. */
  | { readonly do: 'tell'; readonly port: number; readonly count: number }

let open: readonly RawWebSocket[] = []

process.on('message', (command: Command) => {
  void obey(command).then((answer) => process.send!(answer))
})
// Whoever commands is gone.
process.on('disconnect', () => process.exit())

async function obey(command: Command): Promise<object> {
  switch (command.do) {
    case 'open': {
      const { subject, port, first, count } = command
      const endpoints = Array.from({ length: count }, (_, n) => subjects[subject](first + n))
      open = open.concat(await RawWebSocket.openAll(port, endpoints))
      return {}
    }
    case 'close':
      for (const webSocket of open) webSocket.close()
      open = []
      return {}
    case 'tell': {
      const audience = await Audience.open(command.port, wherryProtocol, command.count)
      const { deliveries } = await drive(audience, { inFlight: 1 }, 0)
      audience.close()
      return { deliveries }
    }
  }
}
