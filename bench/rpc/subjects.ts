import { feathersProtocol, plainProtocol, socketioProtocol } from './generator/peers.ts'
import type { Protocol } from './generator/protocol.ts'
import { wherryProtocol } from './generator/wherry.ts'

/** What is measured, and how the load generator speaks to it. Ours is the first. */
export const subjects = {
  wherry: wherryProtocol,
  ws: plainProtocol,
  'ws.service': plainProtocol,
  socketio: socketioProtocol,
  feathers: feathersProtocol,
  'feathers.service': feathersProtocol,
} satisfies Record<string, Protocol>

export type SubjectName = keyof typeof subjects
export const subjectNames = Object.keys(subjects) as SubjectName[]

export interface Load {
  readonly connections: number
  /** Requests of each connection that are not answered yet. */
  readonly inFlight: number
}

export const loads = {
  '1x64': { connections: 1, inFlight: 64 },
  '50x8': { connections: 50, inFlight: 8 },
} satisfies Record<string, Load>

export type LoadName = keyof typeof loads
export const loadNames = Object.keys(loads) as LoadName[]
