import type { PoolStats } from '../../contract/adapter.ts'
import type { Client } from './driver.ts'

/** Counts the driver's connections by the events that it tells of its pools. */
export class PoolCounter {
  #total = 0
  #active = 0
  #waiting = 0

  constructor(client: Client) {
    const on = (event: string, count: () => void) => client.on(event, count)
    on('connectionCreated', () => void this.#total++)
    on('connectionClosed', () => void this.#total--)
    on('connectionCheckOutStarted', () => void this.#waiting++)
    on('connectionCheckOutFailed', () => void this.#waiting--)
    on('connectionCheckedOut', () => {
      this.#waiting--
      this.#active++
    })
    on('connectionCheckedIn', () => void this.#active--)
  }

  get stats(): PoolStats {
    const total = this.#total
    const active = this.#active
    return { total, idle: Math.max(0, total - active), active, waiting: this.#waiting }
  }
}
