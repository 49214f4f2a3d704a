import { readCommandLine, refuse } from './lib/command.ts'

// A command keeps its name from the start, and says so honestly while there is nothing behind it.
const subjects: Readonly<Record<string, string>> = {
  simulate: 'runs the deterministic simulation; there are no faults and failovers to simulate yet',
  attacks: 'runs the catalogue of attacks; there are no policies to get around yet',
}

const [name = '', ...argv] = process.argv.slice(2)
const subject = subjects[name]
const { json } = readCommandLine(`npm run ${name}\n\nNot built yet: it ${subject}.`, argv)
refuse(`npm run ${name} is not built yet: it ${subject}.`, json)
