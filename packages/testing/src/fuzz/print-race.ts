import { print } from './lib/print.ts'
import type { Call, Client, Race, Revision } from './operation.ts'
import { total } from './race/run-client.ts'
import type { SchemaSpec } from './schema-spec.ts'

type PrintCall = (scope: string, call: Call) => string

/** A race as a statement. */
export function printRace(
  { race, order }: Race,
  { collections }: SchemaSpec,
  printCall: PrintCall,
): string[] {
  const clients = race.map((client, at) => {
    const scope = client.isolationLevel === null ? serviceOf(client) : 'tx'
    const end = client.catches ? '.then(log, log)' : '.then(log)'
    const steps = client.calls.map((call) => {
      if ('call' in call) return `await turn()\nawait ${printCall(scope, call)}${end}`
      const kind = collections[call.on]?.fields[total]?.type ?? 'int'
      return printRevision(scope, call, kind, end)
    })
    return `async (turn) => {\n${indented(printClient(client, at, steps))}\n},`
  })
  return [
    ...(race.some(({ beside }) => beside)
      ? ['const beside = data // or a second service on the same database']
      : []),
    `await takeTurns(${print(order)}, [\n${indented(clients.join('\n'))}\n])`,
  ]
}

function printClient(client: Client, at: number, steps: readonly string[]): string {
  const { isolationLevel, fails, maxRetries, mutationId } = client
  if (isolationLevel === null) {
    return `await turn()\nawait (async () => {\n${indented(steps.join('\n'))}\n})().catch(log)`
  }
  const actor = mutationId ?? `client ${at}`
  const options = { isolationLevel, maxRetries, actor, ...(mutationId && { mutationId }) }
  const body = [...steps, 'await turn()', ...(fails ? ["throw new Error('planned')"] : [])]
  const work = `async (tx) => {\n${indented(body.join('\n'))}\n}`
  return `await turn()\nawait ${serviceOf(client)}.transaction(${work}, ${print(options)}).catch(log)`
}

function serviceOf({ beside }: Client): string {
  return beside ? 'beside' : 'data'
}

function printRevision(
  scope: string,
  { revise, on, key, guard, add }: Revision,
  kind: string,
  end: string,
): string {
  const handle = `${scope}.collection(${print(on)})`
  const lock = guard === 'forUpdate' ? ', { forUpdate: true }' : ''
  const condition = guard === 'ifVersion' ? ', { ifVersion: read.version }' : ''
  const patch = revise === 'update' ? `, { ${total}: ${printSum(kind, add)} }` : ''
  const lines = [
    'await turn()',
    `const read = await ${handle}.get(${print(key)}${lock})`,
    'await turn()',
    `await ${handle}.${revise}(${print(key)}${patch}${condition})${end}`,
  ]
  return `{\n${indented(lines.join('\n'))}\n}`
}

function printSum(kind: string, add: number): string {
  if (kind === 'decimal') return `String(Number(read.${total}) + ${add})`
  return `read.${total} + ${kind === 'bigint' ? `${add}n` : add}`
}

function indented(text: string): string {
  return `  ${text.replaceAll('\n', '\n  ')}`
}
