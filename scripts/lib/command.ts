/** What every command of the root package.json understands, parsed in one place. */
export interface Invocation {
  /** Print one JSON object on stdout, and nothing else there. */
  json: boolean
  /** The words that are the command's own. */
  args: string[]
}

// npm has no setting that silences the banner and not its errors: it is asked for at each call.
const aboutJson = `--json prints one JSON object and nothing else on stdout. npm writes a banner before it, unless
called as npm run --silent NAME -- --json.`

/** Answers `--help` and takes `--json` out of the command line. */
export function readCommandLine(
  help: string,
  argv: readonly string[] = process.argv.slice(2),
): Invocation {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${help.trim()}\n\n${aboutJson}\n`)
    process.exit(0)
  }
  return { json: argv.includes('--json'), args: argv.filter((word) => word !== '--json') }
}

/** Ends the command with a message on stderr, or with `{ "error": … }` where JSON was asked for. */
export function refuse(message: string, json: boolean): never {
  if (json) process.stdout.write(`${JSON.stringify({ error: message })}\n`)
  else process.stderr.write(`${message}\n`)
  process.exit(1)
}
