import type { Server } from 'node:http'
import { loadPeer } from '../../lib/peers.ts'
import type { InsertedRow } from '../rows.ts'
import type { Attach } from './attach.ts'

/** The parts of Feathers that are used, by shape, because it is not always installed. */
interface Feathers {
  feathers(): App
}

interface App {
  configure(plugin: object): App
  use(path: string, service: object): App
  on(event: 'connection', listener: (connection: object) => void): App
  channel(name: string): { join(connection: object): unknown }
  publish(publisher: () => object): App
  setup(server: Server): Promise<unknown>
}

/** A service whose events go to a channel that everybody has joined. */
export const attachFeathers: Attach = async (server) => {
  const { feathers } = await loadPeer<Feathers>('@feathersjs/feathers')
  const { default: socketio } = await loadPeer<{ default: () => object }>('@feathersjs/socketio')
  const rows: InsertedRow[] = []
  const create = async (row: InsertedRow) => {
    rows.push(row)
    return row
  }
  const app = feathers().configure(socketio()).use('rows', { create })
  app.on('connection', (connection) => app.channel('all').join(connection))
  app.publish(() => app.channel('all'))
  await app.setup(server)
}
