/** Why it does not start, for people. */
export class StartError extends Error {}

export interface Settings {
  /** 0: any that is free. */
  readonly port: number
  readonly file: string
}

const help = `
npm start

Serves a page of check-ins from this machine to this machine, until Ctrl-C.

  PORT                  where to listen; default 3001, and 0 for any port that is free
  WHERRY_SQLITE_PATH    the file that keeps the check-ins; default .data/quickstart.db
`

/** Answers --help; there are no other arguments. Throws StartError. */
export function readArguments(args: readonly string[]): void {
  if (args.length === 0) return
  if (!args.includes('--help')) throw new StartError(`There is no argument '${args[0]}'.\n${help}`)
  console.log(help.trim())
  process.exit(0)
}

/** Reads the environment once. An empty variable counts as absent. Throws StartError. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const { PORT, WHERRY_SQLITE_PATH } = env
  return { port: readPort(PORT || '3001'), file: WHERRY_SQLITE_PATH || '.data/quickstart.db' }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (port <= 65_535) return port
  throw new StartError(
    `PORT is a whole number from 0 to 65535, not '${text}'. Try PORT=3002 npm start.`,
  )
}
