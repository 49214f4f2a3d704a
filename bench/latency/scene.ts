import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@wherry/client'
import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { createGateway } from '@wherry/server'
import { bridged, openBridge } from './bridge.ts'
import type { Engine } from './engines.ts'
import type { Follower } from './follow.ts'
import { Stopwatch } from './paced.ts'
import { room, schema } from './schema.ts'

/** Somebody who writes, and somebody else who follows. */
export interface Scene {
  readonly follower: Follower
  insert(id: string): Promise<unknown>
  /** The same by what one writes by hand. */
  readonly bridge?: { readonly watch: Stopwatch; insert(id: string): Promise<unknown> }
  close(): Promise<void>
}

/** Another program writes into the database of a data service. */
export async function openScene(engine: Engine): Promise<Scene> {
  const place = await engine.open()
  const data = createDataService({ schema, databases: [place.adapter()] })
  await data.connect()
  const foreigner = await place.connect()
  const watch = new Stopwatch()
  const bridge =
    engine.name === 'postgres' ? await openBridge(place.url, foreigner, watch) : undefined
  return {
    follower: data,
    insert: (id) => foreigner.insert('readings', id),
    ...(bridge && { bridge: { watch, insert: (id) => foreigner.insert(bridged, id) } }),
    async close() {
      await bridge?.close()
      await foreigner.close()
      await data.close()
      await place.close()
    },
  }
}

/** One client writes and another follows, since nobody else reaches a memory. */
export async function openMemoryScene(): Promise<Scene> {
  const data = createDataService({ schema, databases: [memory()] })
  await data.connect()
  const server = createServer()
  const gateway = createGateway({ data, policies: 'open' })
  gateway.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/wherry`
  const [writer, follower] = [0, 1].map(() => createClient<typeof schema>({ url })) as [
    ReturnType<typeof createClient<typeof schema>>,
    ReturnType<typeof createClient<typeof schema>>,
  ]
  return {
    follower,
    insert: (id) => writer.readings.insert({ id, room, value: 0.5 }),
    async close() {
      await Promise.all([writer.close(), follower.close()])
      await gateway.stop()
      server.close()
      await data.close()
    },
  }
}
