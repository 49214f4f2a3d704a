import { hexDigits } from './hex.ts'
import type { Runtime } from './runtime.ts'

const poolSize = 128

/**
 * A source of UUIDv7 texts (RFC 9562, 5.7) that grow strictly within this process: the twelve bits
 * after the time are a counter (method 1 of section 6.2), started at random each millisecond.
 */
export function createIdSource(runtime: Runtime): () => string {
  const pool = new Uint8Array(poolSize * 8)
  let used = pool.length
  let lastMs = -1
  let counter = 0
  let prefix = ''

  return () => {
    if (used === pool.length) {
      runtime.fillRandom(pool)
      used = 0
    }
    const nowMs = runtime.now()
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = ((pool[used]! << 8) | pool[used + 1]!) & 0x7ff
      prefix = timePrefix(lastMs)
    } else if (++counter > 0xfff) {
      // The millisecond is full, or the clock went back: borrow from the future.
      lastMs += 1
      counter = 0
      prefix = timePrefix(lastMs)
    }
    const p = used
    used += 8
    return (
      prefix +
      (0x7000 | counter).toString(16) +
      '-' +
      hexDigits[(pool[p]! & 0x3f) | 0x80]! +
      hexDigits[pool[p + 1]!]! +
      '-' +
      hexDigits[pool[p + 2]!]! +
      hexDigits[pool[p + 3]!]! +
      hexDigits[pool[p + 4]!]! +
      hexDigits[pool[p + 5]!]! +
      hexDigits[pool[p + 6]!]! +
      hexDigits[pool[p + 7]!]!
    )
  }
}

function timePrefix(ms: number): string {
  const text = ms.toString(16).padStart(12, '0')
  return `${text.slice(0, 8)}-${text.slice(8)}-`
}
