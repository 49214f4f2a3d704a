import { loadPeer } from '../lib/peers.ts'
import type { Foreigner } from './engines.ts'
import type { Stopwatch } from './paced.ts'

interface Pg {
  readonly default: { readonly Client: new (url: string) => Client }
}

interface Client {
  connect(): Promise<unknown>
  query(sql: string): Promise<unknown>
  on(event: 'notification', listener: (message: { payload?: string }) => void): unknown
  end(): Promise<unknown>
}

export const bridged = 'bridged'

/** What one writes by hand: a trigger that notifies of each row, and a connection that listens. */
export async function openBridge(
  url: string,
  foreigner: Foreigner,
  watch: Stopwatch,
): Promise<{ close(): Promise<unknown> }> {
  await foreigner.copyReadings(bridged)
  await foreigner.run(`create function bridge() returns trigger language plpgsql as $$
    begin perform pg_notify('bridge', row_to_json(new)::text); return null; end $$`)
  await foreigner.run(`create trigger bridge after insert on ${bridged}
    for each row execute function bridge()`)
  const { Client } = (await loadPeer<Pg>('pg')).default
  const client = new Client(url)
  await client.connect()
  client.on('notification', ({ payload = '' }) => {
    watch.stop((JSON.parse(payload) as { id: string }).id)
  })
  await client.query('listen bridge')
  return { close: () => client.end() }
}
