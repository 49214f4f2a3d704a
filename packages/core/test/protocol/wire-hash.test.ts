import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { canonicalJson, type Json } from '../../src/lib/json.ts'
import { downSchemas } from '../../src/protocol/down.schema.ts'
import { upSchemas } from '../../src/protocol/up.schema.ts'
import { protocolVersion, wireHash } from '../../src/protocol/version.ts'

type Schemas = Readonly<Record<string, z.ZodType>>

/** SHA-256 of the JSON Schemas of all messages: what they may hold, and not how that is written. */
function hashOf(up: Schemas, down: Schemas): string {
  const shapes = JSON.stringify({ up: shapesOf(up), down: shapesOf(down) })
  const text = canonicalJson(JSON.parse(shapes, sorted) as Json)
  return createHash('sha256').update(text).digest('hex')
}

/** Lists of words have no order in JSON Schema: those of `required`, and those of `enum`. */
function sorted(_: string, value: unknown): unknown {
  const isWords = Array.isArray(value) && value.every((item) => typeof item === 'string')
  return isWords ? value.toSorted() : value
}

function shapesOf(schemas: Schemas): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [type, z.toJSONSchema(schema)]),
  )
}

describe('the wire hash', () => {
  it('is that of the messages', () => {
    const hash = hashOf(upSchemas, downSchemas)
    const step =
      `The messages are not those of version ${protocolVersion} any more. If they were meant to ` +
      `change, raise protocolVersion in src/protocol/version.ts, then set wireHash to '${hash}'`
    expect(hash, step).toBe(wireHash)
  })

  const { ping } = upSchemas
  const shapeOfPing = { type: z.literal('ping') }
  it.each<[what: string, ping: z.ZodType]>([
    ['an optional part', z.strictObject({ ...shapeOfPing, at: z.number().optional() })],
    ['another type', z.strictObject({ type: z.literal('pling') })],
    ['parts that are not known', z.looseObject(shapeOfPing)],
  ])('notices %s', (_, changed) => {
    expect(hashOf({ ...upSchemas, ping: changed }, downSchemas)).not.toBe(wireHash)
  })

  it.each<[what: string, id: z.ZodType, other: z.ZodType]>([
    ['a limit', z.string().max(64), z.string().max(65)],
    ['a pattern', z.string().regex(/^[!-~]+$/), z.string().regex(/^[ -~]+$/)],
    ['what is required', z.number(), z.number().optional()],
    ['one word of a list', z.enum(['a', 'b']), z.enum(['a', 'c'])],
  ])('notices that %s changed', (_, one, other) => {
    const holding = (part: z.ZodType) => hashOf({ ping: z.strictObject({ part }) }, {})
    expect(holding(one)).not.toBe(holding(other))
  })

  it('notices a message more, one less, and one that changed its direction', () => {
    const { pong, ...others } = downSchemas
    expect(hashOf({ ...upSchemas, pling: ping }, downSchemas)).not.toBe(wireHash)
    expect(hashOf(upSchemas, others)).not.toBe(wireHash)
    expect(hashOf({ ...upSchemas, pong }, others)).not.toBe(wireHash)
  })

  it('does not depend on the order in which messages and their parts are written', () => {
    const one = z.strictObject({ a: z.string(), type: z.literal('ping') })
    const same = z.strictObject({ type: z.literal('ping'), a: z.string() })
    const backwards = Object.fromEntries(Object.entries({ ...upSchemas, ping: one }).toReversed())
    expect(hashOf(backwards, downSchemas)).toBe(hashOf({ ...upSchemas, ping: same }, downSchemas))
  })
})
