import { mysql } from '@wherry/core/mysql'
import { postgres } from '@wherry/core/postgres'
import { runOutage, type OutageReport } from '@wherry/testing/chaos'
import { isMissing, startServer } from '@wherry/testing/servers'
import { parseArgs } from 'node:util'
import { readCommandLine, refuse } from './lib/command.ts'

const adapters = { postgres, mariadb: mysql }
const names = Object.keys(adapters) as (keyof typeof adapters)[]

const { json, args } = readCommandLine(`
npm run chaos -- outage [--engines ${names.join(',')}] [--kills N] [--json]

Kills a database server under sixteen writers and starts it again, N times (default 5), and compares
what the writers were told with what the database holds. Ends with 1 where a mutation was lost,
happened twice, or stayed unknown, or where the service took more than 2 s to write again.

  --engines LIST   which servers, with commas between; default: all that are there
  --json           print { engines: { NAME: { kills, acknowledged, lost, repeated, refused, untrue,
                   unknown, unresolved, backMs, slowestMs } } }
`)

const { engines, kills, isAsked } = readFlags()
const reports: Record<string, OutageReport | { skipped: string }> = {}
for (const name of engines) {
  // With CI=true a server that a machine for CI can have is missing by mistake.
  const server = await startServer(name, { durable: true }).catch((error: Error) =>
    refuse(error.message, json),
  )
  if (isMissing(server)) {
    if (isAsked) refuse(server.reason, json)
    reports[name] = { skipped: server.reason }
    continue
  }
  try {
    const onProgress = (killed: number) => say(`${name}: killed ${killed} of ${kills}\n`)
    reports[name] = await runOutage({ server, createAdapter: adapters[name], kills, onProgress })
  } finally {
    await server.stop()
  }
}
if (json) process.stdout.write(`${JSON.stringify({ engines: reports })}\n`)
for (const [name, report] of Object.entries(reports)) say(`${name} ${JSON.stringify(report)}\n`)
process.exitCode = Object.values(reports).every(isWell) ? 0 : 1

function isWell(report: OutageReport | { skipped: string }): boolean {
  if ('skipped' in report) return true
  const { lost, repeated, untrue, unresolved, backMs } = report
  return lost + repeated + untrue + unresolved === 0 && backMs <= 2_000
}

function readFlags() {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { engines: { type: 'string' }, kills: { type: 'string', default: '5' } },
    })
    if (positionals.join() !== 'outage') throw new Error("chaos has one subject, 'outage'")
    const chosen = values.engines?.split(',') ?? names
    const unknown = chosen.find((name) => !Object.hasOwn(adapters, name))
    if (unknown !== undefined) throw new Error(`there is no server ${unknown} to kill`)
    if (!/^[1-9]\d{0,5}$/.test(values.kills)) throw new Error('--kills takes a number above 0')
    return {
      engines: chosen as typeof names,
      kills: Number(values.kills),
      isAsked: values.engines !== undefined,
    }
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}; see --help`, json)
  }
}

function say(text: string): void {
  if (!json) process.stdout.write(text)
}
