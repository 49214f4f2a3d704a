import type { Server } from 'node:http'
import { loadPeer } from '../../lib/peers.ts'
import { allRecords, openRecords } from '../records.ts'
import type { Attach } from './attach.ts'

/** The parts of Feathers that are used, by shape, because it is not always installed. */
interface Feathers {
  feathers(): App
}

interface App {
  configure(plugin: object): App
  use(path: string, service: Service): App
  setup(server: Server): Promise<unknown>
}

interface Service {
  get(id: string): Promise<object>
}

interface FeathersMemory {
  memory(options: { store: object }): Service
}

async function attach(server: Server, service: Service): Promise<void> {
  const { feathers } = await loadPeer<Feathers>('@feathersjs/feathers')
  const { default: socketio } = await loadPeer<{ default: () => object }>('@feathersjs/socketio')
  await feathers().configure(socketio()).use('records', service).setup(server)
}

/** A service of its own class, as an application writes one, over our data service. */
export const attachServiceFeathers: Attach = async (server) => {
  const { records } = await openRecords()
  await attach(server, { get: (id) => records.get(id) })
}

/** Feathers with its own store. */
export const attachFeathers: Attach = async (server) => {
  const { memory } = await loadPeer<FeathersMemory>('@feathersjs/memory')
  const store = Object.fromEntries(allRecords().map((record) => [record.id, record]))
  await attach(server, memory({ store }))
}
