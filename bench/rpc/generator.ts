import type { Connection } from './generator/connection.ts'
import { drive, openAll, verify } from './generator/drive.ts'
import { loads, subjects, type LoadName, type SubjectName } from './subjects.ts'

/** What the load generator is asked; it answers each with a message. */
export type Command =
  | { readonly do: 'verify'; readonly subject: SubjectName; readonly port: number }
  | {
      readonly do: 'open'
      readonly subject: SubjectName
      readonly port: number
      readonly load: LoadName
    }
  /** Answered with a Turn. */
  | { readonly do: 'drive'; readonly load: LoadName; readonly durationMs: number }
  | { readonly do: 'close' }

let connections: readonly Connection[] = []

process.on('message', (command: Command) => {
  void obey(command).then((answer) => process.send!(answer))
})
// Whoever commands is gone.
process.on('disconnect', () => process.exit())

async function obey(command: Command): Promise<object> {
  switch (command.do) {
    case 'verify':
      await verify(command.port, subjects[command.subject])
      return {}
    case 'open':
      connections = await openAll(command.port, subjects[command.subject], loads[command.load])
      return {}
    case 'drive':
      return drive(connections, loads[command.load].inFlight, command.durationMs)
    case 'close':
      for (const connection of connections) connection.close()
      connections = []
      return {}
  }
}
