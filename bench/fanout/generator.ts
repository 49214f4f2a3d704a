import { Audience } from './generator/audience.ts'
import { drive } from './generator/drive.ts'
import { loads, subjects, subscribers, type LoadName, type SubjectName } from './subjects.ts'

/** What the load generator is asked; it answers each with a message. */
export type Command =
  | { readonly do: 'open'; readonly subject: SubjectName; readonly port: number }
  /** Answered with a Turn. */
  | {
      readonly do: 'drive'
      readonly subject: SubjectName
      readonly load: LoadName
      readonly durationMs: number
    }

const audiences = new Map<SubjectName, Audience>()

process.on('message', (command: Command) => {
  void obey(command).then((answer) => process.send!(answer))
})
// Whoever commands is gone.
process.on('disconnect', () => process.exit())

async function obey(command: Command): Promise<object> {
  if (command.do === 'open') {
    const { subject, port } = command
    audiences.set(subject, await Audience.open(port, subjects[subject], subscribers))
    return {}
  }
  for (const audience of audiences.values()) audience.rest()
  const { subject, load, durationMs } = command
  const turn = drive(audiences.get(subject)!, loads[load], durationMs)
  return turn.catch((error: Error) => {
    throw new Error(`${subject}, ${load}: ${error.message}`)
  })
}
