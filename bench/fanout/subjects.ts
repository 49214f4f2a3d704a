import { feathersProtocol, plainProtocol, socketioProtocol } from './generator/peers.ts'
import type { Protocol } from './generator/protocol.ts'
import { wherryProtocol } from './generator/wherry.ts'

/** What is measured, and how the load generator speaks to it. Ours is the first. */
export const subjects = {
  wherry: wherryProtocol,
  ws: plainProtocol,
  socketio: socketioProtocol,
  feathers: feathersProtocol,
} satisfies Record<string, Protocol>

export type SubjectName = keyof typeof subjects
export const subjectNames = Object.keys(subjects) as SubjectName[]

export const subscribers = 1_000

export interface Load {
  /** Rows under way: the next is inserted once one has reached everybody. */
  readonly inFlight?: number
  /** Or a row each so many milliseconds. */
  readonly everyMs?: number
}

export const loads = {
  one: { inFlight: 1 },
  burst: { inFlight: 16 },
  paced: { everyMs: 40 },
} satisfies Record<string, Load>

export type LoadName = keyof typeof loads
export const loadNames = Object.keys(loads) as LoadName[]
