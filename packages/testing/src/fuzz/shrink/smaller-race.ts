import { smaller } from '../lib/smaller.ts'
import type { Client, Race } from '../operation.ts'

/** How many other orders a smaller race is tried in: in the old one the rest may miss each other. */
const orders = 8

/** Races with less in them, each in a few orders. */
export function* smallerRaces(race: Race): Iterable<Race> {
  const { seed, patience } = race.order
  for (const clients of fewerClients(race.race)) {
    for (let other = 0; other <= orders; other++) {
      const order = other === 0 ? race.order : { seed: other, patience }
      yield { ...race, race: clients, order }
    }
  }
  if (patience > 1) yield { ...race, order: { seed, patience: 1 } }
  for (const [at, client] of race.race.entries()) {
    for (const plainer of plainerClients(client)) {
      yield { ...race, race: race.race.with(at, plainer) }
    }
  }
}

function* fewerClients(clients: readonly Client[]): Iterable<readonly Client[]> {
  // Mostly two of them make the trouble, and the others only their order.
  if (clients.length > 3) {
    for (const [at, client] of clients.entries()) {
      for (const other of clients.slice(at + 1)) yield [client, other]
    }
  }
  for (const at of clients.keys()) yield clients.toSpliced(at, 1)
  for (const [at, client] of clients.entries()) {
    const { calls } = client
    for (const which of calls.keys()) {
      if (calls.length === 1) break
      yield clients.with(at, { ...client, calls: calls.toSpliced(which, 1) })
    }
  }
}

function* plainerClients(client: Client): Iterable<Client> {
  const { mutationId, ...once } = client
  if (mutationId !== undefined) yield once
  if (client.beside) yield { ...client, beside: false }
  if (client.fails) yield { ...client, fails: false }
  if (client.catches) yield { ...client, catches: false }
  if (client.maxRetries > 0) yield { ...client, maxRetries: 0 }
  for (const [at, call] of client.calls.entries()) {
    if ('revise' in call) continue
    for (const args of smaller(call.args)) {
      yield { ...client, calls: client.calls.with(at, { ...call, args: args as unknown[] }) }
    }
  }
}
