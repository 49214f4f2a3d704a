import type { Writable } from 'node:stream'
import * as ws from 'ws'
import { describe, expect, it } from 'vitest'
import { textFrame } from '../../src/transport/text-frame.ts'

// Exported, and missing in the types.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

/** What a client makes of bytes. */
function read(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver({ isServer: false })
    receiver.on('message', (data: Buffer) => resolve(data.toString('utf8')))
    receiver.on('error', reject)
    receiver.write(bytes)
  })
}

describe('a text frame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 300_000])(
    'of %i bytes is read as it was written',
    async (length) => {
      const text = 'x'.repeat(length)
      expect(await read(textFrame(text))).toBe(text)
    },
  )

  it.each(['é'.repeat(63), 'e\u0301 ‰ 日本 🜚 \u0000', '🜚'.repeat(20_000)])(
    'counts bytes, and not characters',
    async (text) => {
      expect(await read(textFrame(text))).toBe(text)
    },
  )
})
