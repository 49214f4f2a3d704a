import { expect, it } from 'vitest'
import type { z } from 'zod'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { downSchemas } from '../../src/protocol/down.schema.ts'
import { maxFrameBytes } from '../../src/protocol/limits.ts'
import { upSchemas } from '../../src/protocol/up.schema.ts'
import { bytesOf, frames, type FrameVector } from './pages.ts'

it.each(frames.map((vector) => [vector.direction, vector.name, vector] as const))(
  'says of what goes %s what it deserves: %s',
  (_, __, vector) => {
    expect(verdictOf(vector)).toBe(vector.valid === true ? 'valid' : vector.closeCode)
  },
)

it('has a good frame of every message', () => {
  const seen = new Set(
    frames
      .filter(({ valid, frame }) => valid && Array.isArray(frame))
      .flatMap(({ frame }) => (frame as { type: string }[]).map(({ type }) => type)),
  )
  const types = [...Object.keys(upSchemas), ...Object.keys(downSchemas)]
  expect([...seen].sort()).toEqual(types.sort())
})

it('has each name once', () => {
  expect(new Set(frames.map(({ name }) => name)).size).toBe(frames.length)
})

/** What a frame alone tells: its bytes, and the schemas of its messages. */
function verdictOf(vector: FrameVector): 'valid' | number {
  const bytes = bytesOf(vector)
  if (vector.binary) return closeCodes.Binary.code
  if (vector.direction === 'up' && bytes.length > maxFrameBytes) return closeCodes.TooBig.code
  const text = decoded(bytes)
  if (text === undefined) return closeCodes.NotUtf8.code
  const schemas = vector.direction === 'up' ? upSchemas : downSchemas
  return isFrame(text, schemas) ? 'valid' : closeCodes.BadFrame.code
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function isFrame(text: string, schemas: Readonly<Record<string, z.ZodType>>): boolean {
  try {
    const messages = JSON.parse(text) as readonly { readonly type: string }[]
    return messages.every((message) => {
      return (
        Object.hasOwn(schemas, message.type) && schemas[message.type]!.safeParse(message).success
      )
    })
  } catch {
    // Not JSON, not an array, or a message that is no object.
    return false
  }
}
