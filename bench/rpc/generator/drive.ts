import { isDeepStrictEqual } from 'node:util'
import { recordAt } from '../records.ts'
import type { Load } from '../subjects.ts'
import { Connection } from './connection.ts'
import type { Protocol } from './protocol.ts'

/** A server that answers nothing for so long has lost a request. */
const stuckMs = 10_000

export interface Turn {
  readonly operations: number
  readonly elapsedMs: number
}

export function openAll(port: number, protocol: Protocol, load: Load): Promise<Connection[]> {
  return Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(port, protocol)),
  )
}

/**
 * Keeps `inFlight` requests of every connection under way: what has been answered is asked anew at
 * once. Ends once nothing is under way any more, so that every operation has been served whole.
 */
export function drive(
  connections: readonly Connection[],
  inFlight: number,
  durationMs: number,
): Promise<Turn> {
  const startMs = performance.now()
  const endMs = startMs + durationMs
  let operations = 0
  let underWay = connections.length * inFlight
  return new Promise((resolve, reject) => {
    const stuck = setTimeout(() => {
      reject(new Error(`${underWay} requests have no answer`))
    }, durationMs + stuckMs)
    for (const connection of connections) {
      connection.onAnswers = (count) => {
        operations += count
        const nowMs = performance.now()
        if (nowMs < endMs) return connection.ask(count)
        underWay -= count
        if (underWay > 0) return
        clearTimeout(stuck)
        resolve({ operations, elapsedMs: nowMs - startMs })
      }
      connection.ask(inFlight)
    }
  })
}

/** Throws unless the first requests of a new connection bring the records that they ask for. */
export async function verify(port: number, protocol: Protocol): Promise<void> {
  const count = 20
  const connection = await Connection.open(port, protocol)
  const found = new Map<number, unknown>()
  connection.onFrame = (payload) => {
    for (const [id, record] of protocol.records(payload.toString('utf8'))) found.set(id, record)
  }
  await drive([connection], count, 0)
  connection.close()
  for (let id = 1; id <= count; id++) {
    if (isDeepStrictEqual(found.get(id), recordAt(id))) continue
    throw new Error(`Request ${id} was answered ${JSON.stringify(found.get(id))}`)
  }
}
