import { describe, expect, it } from 'vitest'
import type { ChangeStream, Document } from '../../../src/adapters/mongodb/driver.ts'
import { StreamWakes } from '../../../src/adapters/mongodb/stream-wakes.ts'
import { FakeRuntime, settled } from '../../support/fake-runtime.ts'

/** A stream that says what it is told to. */
class FakeStream implements ChangeStream {
  isClosed = false
  answer: (event: Document | null) => void = () => undefined
  fail: (error: Error) => void = () => undefined

  tryNext(): Promise<Document | null> {
    return new Promise((resolve, reject) => {
      this.answer = resolve
      this.fail = reject
    })
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.fail(new Error('ChangeStream is closed'))
    throw new Error('the server does not answer')
  }
}

function createWakes() {
  const runtime = new FakeRuntime()
  const streams: FakeStream[] = []
  const wakes = new StreamWakes(runtime, () => {
    streams.push(new FakeStream())
    return streams.at(-1)!
  })
  return { runtime, streams, wakes }
}

/** Lets the newest stream say something, and everything happen that follows. */
async function say(streams: readonly FakeStream[], event: Document | Error | null) {
  const stream = streams.at(-1)!
  if (event instanceof Error) stream.fail(event)
  else stream.answer(event)
  await settled()
}

const event = { operationType: 'insert' }

describe('wakes by a stream', () => {
  it('come with every event, to all who watch, by one stream', async () => {
    const { streams, wakes } = createWakes()
    const woken: string[] = []
    const endA = wakes.watch(() => woken.push('a'))
    wakes.watch(() => woken.push('b'))
    await say(streams, event)
    endA()
    await say(streams, event)
    expect(woken).toEqual(['a', 'b', 'b'])
    expect(streams).toHaveLength(1)
  })

  it('come also when nothing has happened, lest something came before the stream', async () => {
    const { streams, wakes } = createWakes()
    let count = 0
    wakes.watch(() => count++)
    await say(streams, null)
    expect(count).toBe(1)
  })

  it('come when the stream fails, and then by another one, after longer and longer', async () => {
    const { runtime, streams, wakes } = createWakes()
    let count = 0
    wakes.watch(() => count++)
    for (let failures = 1; failures <= 12; failures++) {
      await say(streams, new Error('no primary'))
      expect(count).toBe(failures)
      expect(streams.every(({ isClosed }) => isClosed)).toBe(true)
      await runtime.advance(5_000)
      expect(streams).toHaveLength(failures + 1)
    }
    expect(Math.max(...runtime.delaysMs)).toBeGreaterThan(1_000)
    await say(streams, event)
    await say(streams, new Error('no primary'))
    expect(runtime.delaysMs.at(-1)).toBeLessThan(100)
  })

  it('do not trust a stream whose database was dropped, which answers at once for ever', async () => {
    const { runtime, streams, wakes } = createWakes()
    wakes.watch(() => undefined)
    await say(streams, { operationType: 'invalidate' })
    expect(streams[0]!.isClosed).toBe(true)
    await runtime.advance(100)
    expect(streams).toHaveLength(2)
  })

  it.each([
    ['while it waits for an event', async () => undefined],
    ['while it waits to try again', (streams: FakeStream[]) => say(streams, new Error('no'))],
  ])('leave nothing behind when they are closed %s', async (_, meanwhile) => {
    const { runtime, streams, wakes } = createWakes()
    let count = 0
    wakes.watch(() => count++)
    await meanwhile(streams)
    const before = count
    wakes.close()
    await settled()
    expect(runtime.pendingTimers).toBe(0)
    expect(streams.map(({ isClosed }) => isClosed)).toEqual([true])
    await runtime.advance(10_000)
    expect([count, streams.length]).toEqual([before, 1])
  })

  it('begin anew for who comes after all have left', async () => {
    const { runtime, streams, wakes } = createWakes()
    wakes.watch(() => undefined)()
    let count = 0
    wakes.watch(() => count++)
    await runtime.advance(100)
    await say(streams, event)
    expect(count).toBeGreaterThan(0)
    expect(streams.map(({ isClosed }) => isClosed)).toEqual([true, false])
  })
})
