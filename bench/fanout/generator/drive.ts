import type { Load } from '../subjects.ts'
import type { Audience } from './audience.ts'

/** A server that brings nothing for so long has lost a row. */
const stuckMs = 10_000

export interface Turn {
  /** Rows, times those whom each has reached. */
  readonly deliveries: number
  readonly elapsedMs: number
  /** The latency under which 99 of 100 deliveries stay, from inserting to being there. */
  readonly p99Ms: number
}

/** Inserts rows for so long, and ends once each has reached everybody. */
export function drive(audience: Audience, load: Load, durationMs: number): Promise<Turn> {
  const latencies: number[] = []
  const { size } = audience
  const startMs = performance.now()
  const endMs = startMs + durationMs
  /** Rows under way: when they were inserted, and how many they have still to reach. */
  const underWay = new Map<number, { readonly sinceMs: number; missing: number }>()
  return new Promise((resolve, reject) => {
    const stuck = setTimeout(() => {
      reject(new Error(`${underWay.size} rows have not reached everybody`))
    }, durationMs + stuckMs)
    const insert = (count: number) => {
      const sinceMs = performance.now()
      const first = audience.insert(count)
      for (let n = first; n < first + count; n++) underWay.set(n, { sinceMs, missing: size })
    }
    let pacer: NodeJS.Timeout | undefined
    const endIfOver = () => {
      const nowMs = performance.now()
      if (nowMs < endMs || underWay.size > 0) return
      clearTimeout(stuck)
      clearInterval(pacer)
      const sorted = Float64Array.from(latencies).sort()
      const p99Ms = sorted[Math.floor(sorted.length * 0.99)]!
      resolve({ deliveries: sorted.length, elapsedMs: nowMs - startMs, p99Ms })
    }
    let arrived = 0
    const goOn = () => {
      const count = arrived
      arrived = 0
      if (load.inFlight !== undefined && performance.now() < endMs) insert(count)
      else endIfOver()
    }
    audience.onRows = (first, end) => {
      const nowMs = performance.now()
      for (let n = first; n < end; n++) {
        const row = underWay.get(n)!
        latencies.push(nowMs - row.sinceMs)
        if (--row.missing > 0) continue
        underWay.delete(n)
        // What has reached everybody in one read is replaced in one write.
        if (arrived++ === 0) setImmediate(goOn)
      }
    }
    insert(load.inFlight ?? 1)
    if (load.everyMs === undefined) return
    pacer = setInterval(() => {
      if (performance.now() < endMs) insert(1)
      else endIfOver()
    }, load.everyMs)
  })
}
