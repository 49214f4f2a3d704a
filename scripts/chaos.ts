import type { LogReport, OutageReport } from '@wherry/testing/chaos'
import { isMissing, startServer, type OwnServer } from '@wherry/testing/servers'
import type { servers } from './lib/chaos/adapters.ts'
import { enginesOf, readFlags } from './lib/chaos/flags.ts'
import { isLogWell, log, totalOf } from './lib/chaos/log.ts'
import { isOutageWell, outage } from './lib/chaos/outage.ts'
import { readCommandLine, refuse } from './lib/command.ts'

const { json, args } = readCommandLine(`
npm run chaos -- outage [--engines ${enginesOf.outage.join(',')}] [--kills N] [--json]

Kills a database server under sixteen writers and starts it again, N times (default 5), and compares
what the writers were told with what the database holds. Ends with 1 where a mutation was lost,
happened twice, or stayed unknown, or where the service took more than 2 s to write again.

  --json           print { engines: { NAME: { kills, acknowledged, lost, repeated, refused, untrue,
                   unknown, unresolved, backMs, slowestMs } } }

npm run chaos -- log [--engines ${enginesOf.log.join(',')}] [--changes N] [--seed N] [--json]

Lets sixteen writers commit N changes (default 20000), in transactions of any length, of which some
are rolled back and some wait, while connections are cut, and readers follow the change log; and
compares what they have read with what the tables hold. Ends with 1 where a change was lost, read
twice, or read before what leads to it, and where readers that are known to be wrong were not caught.

  --json           print { committed, lost, repeated, disordered, engines: { NAME: { the same,
                   transactions, cuts, planted: { NAME: { lost, repeated, disordered } }, seconds } } }

  --engines LIST   which engines, with commas between; default: all that are there
`)

const flags = parse()
const reports: Record<string, OutageReport | LogReport | { skipped: string }> = {}
for (const name of flags.engines) reports[name] = await run(name)
if (json) {
  const total = flags.subject === 'log' ? totalOf(Object.values(reports).filter(isOfLog)) : {}
  process.stdout.write(`${JSON.stringify({ ...total, engines: reports })}\n`)
}
for (const [name, report] of Object.entries(reports)) say(`${name} ${JSON.stringify(report)}\n`)
process.exitCode = Object.values(reports).every(isWell) ? 0 : 1

async function run(name: string) {
  if (name === 'sqlite') return log(name, undefined, flags, say)
  // With CI=true a server that a machine for CI can have is missing by mistake.
  const options = { durable: flags.subject === 'outage' }
  const server = await startServer(name as keyof typeof servers, options).catch((error: Error) =>
    refuse(error.message, json),
  )
  if (isMissing(server)) {
    if (flags.isAsked) refuse(server.reason, json)
    return { skipped: server.reason }
  }
  try {
    return await runOn(name as keyof typeof servers, server)
  } finally {
    await server.stop()
  }
}

function runOn(name: keyof typeof servers, server: OwnServer) {
  return flags.subject === 'outage'
    ? outage(name, server, flags.kills, say)
    : log(name, server, flags, say)
}

function isWell(report: OutageReport | LogReport | { skipped: string }): boolean {
  if ('skipped' in report) return true
  return isOfLog(report) ? isLogWell(report) : isOutageWell(report)
}

function isOfLog(report: OutageReport | LogReport | { skipped: string }): report is LogReport {
  return 'planted' in report
}

function parse() {
  try {
    return readFlags(args)
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}; see --help`, json)
  }
}

function say(text: string): void {
  if (!json) process.stdout.write(text)
}
