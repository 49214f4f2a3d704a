import { describe, expect, it } from 'vitest'
import { createClient } from '@wherry/client'
import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { createGateway } from '@wherry/server'
import { createClock } from '../../src/index.ts'
import { Wire } from '../../src/wire.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), title: t.text() }) })
const seed = 20261129
const size = 1_000

describe('a thousand clients of a gateway that stops', () => {
  it(`come back to another one after another, and miss nothing (seed ${seed})`, async () => {
    const clock = createClock({ seed })
    const { runtime } = clock
    const data = createDataService({ schema, databases: [memory()], runtime })
    await data.connect()
    const gateways = [1, 2].map(() => createGateway({ data, policies: 'open' }))
    const [before, after] = gateways.map((gateway) => new Wire(gateway)) as [Wire, Wire]
    const cameMs: number[] = []
    const shown = new Map<number, readonly { title: string }[]>()
    const clients = Array.from({ length: size }, (_, n) => {
      const socket = () => {
        if (!gateways[0]!.isStopping) return before.connect()
        cameMs.push(runtime.monotonic())
        return after.connect()
      }
      const client = createClient<typeof schema>({ url: 'ws://storm', runtime, socket })
      client.notes.live().subscribe(({ rows }) => void shown.set(n, rows))
      return client
    })
    await clock.advance(1)
    expect(shown.size).toBe(size)

    const startMs = runtime.monotonic()
    const stopped = gateways[0]!.stop()
    for (let n = 0; n < 50; n++) {
      await data.notes.insert({ title: `while they leave, ${n}` })
      await clock.advance(100)
    }
    await stopped
    expect(cameMs).toHaveLength(size)
    const inEach100Ms = Array.from({ length: 50 }, () => 0)
    for (const ms of cameMs) inEach100Ms[Math.floor((ms - startMs) / 100)]!++
    // 500 a second leave, each of which waits up to 100 ms.
    expect(Math.max(...inEach100Ms)).toBeLessThan(80)
    expect(inEach100Ms.filter((came) => came > 0).length).toBeGreaterThan(18)
    for (const rows of shown.values()) expect(rows).toHaveLength(50)

    await Promise.all(clients.map((client) => client.close()))
    await gateways[1]!.stop()
    await data.close()
  }, 60_000)
})
