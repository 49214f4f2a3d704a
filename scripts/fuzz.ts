import { fileURLToPath } from 'node:url'
import { engines } from '@wherry/testing/fuzz'
import { readCommandLine, refuse } from './lib/command.ts'
import { readFlags, type Flags } from './lib/fuzz/flags.ts'
import { fuzzFrames } from './lib/fuzz/frames.ts'
import { fuzzLive } from './lib/fuzz/live.ts'
import { fuzzQueries } from './lib/fuzz/queries.ts'

interface Subject {
  readonly what: string
  /** Resolves to whether everything went well. */
  readonly run: () => Promise<boolean>
}

/** What can be fuzzed; the first is what is fuzzed when none is named. */
const subjects: Readonly<Record<string, Subject>> = {
  queries: {
    what: 'schemas, rows, writes and queries on engines',
    run: () => fuzzQueries(flags, fileURLToPath(import.meta.url), say),
  },
  live: {
    what: 'live queries on engines, while several write',
    run: () => fuzzLive(flags, say),
  },
  frames: {
    what: 'frames that clients may send, good and hostile, to gateways',
    run: () => fuzzFrames(flags, say),
  },
}

const { json, args } = readCommandLine(`
npm run fuzz -- [SUBJECT] [--seed N] [--json] …

Does random things, and watches what comes of them.

${Object.entries(subjects)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}

  --seed N         decides every choice; printed always (default: a random one)
  --verbose        list how things ended, and the combinations that were not reached
  --json           print the figures, and failures when there are any

queries does the same on every engine and on memory, and compares everything that comes of it: rows
in their order, counts, error codes, and the rows that are left. Ends with 1 when they disagree; then
each case, minimized, is printed as a program. On some databases several clients race, and each engine
is held to what it promises of them. Prints { cases, mismatches, seed, engines: { NAME: { cases,
mismatches } } } as JSON, with { skipped: { NAME: reason } } where engines are not there.

  --engines NAMES  what to measure against memory: ${Object.keys(engines).join(', ')}; all of them
                   have to be there (default: those that are). One that cannot do everything takes
                   part in each fourth database beside others, and then all do what it can
  --cases N        how many operations to compare (default 20000); a case is one operation: a write
                   or a read, a transaction, or a law such as "p and NOT p part the rows". About 200
                   of them, on growing data, share one random schema and its database
  --max N          stop after so many mismatches (default 10)
  --lanes N        in how many processes (default 2, and 1 for fewer than 2000 cases); the same run
                   needs the same number

live listens to random rows, counts and aggregates while services write, and compares each event
with the evaluator, which is fed the log up to the event's position: rows, steps and values. Ends with
1 when one is otherwise. Prints { cases, events, mismatches, seed } as JSON. It takes --engines and
--cases; a case is what is written at once, and the engines share the cases out.

frames sends frames to sessions on memory and on SQLite. Each has to be answered, refused or to end
its connection as the protocol says, beside an honest session that notices nothing. Ends with 1 when
one is not, or takes more than 50 ms each time that it is sent. Prints { frames, crashes, slowest,
over50ms, seed } as JSON.

  --frames N       how many frames to send (default 1000000)
`)

const flags = readOrRefuse()
process.exitCode = (await subjects[flags.subject]!.run()) ? 0 : 1

function readOrRefuse(): Flags {
  try {
    return readFlags(args, Object.keys(subjects), json)
  } catch (error) {
    return refuse((error as Error).message, json)
  }
}

function say(text: string): void {
  if (!json) process.stdout.write(text)
}
