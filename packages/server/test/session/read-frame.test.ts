import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { upSchemas } from '@wherry/core/protocol/schemas'
import { isRequest } from '../../src/session/read-frame.ts'

const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0.5, 2 ** 53, '', 'x'.repeat(201), 'get'))
const either = <T>(good: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: good }, odd)

/** Requests, and what is nearly one. */
const requests = fc.record(
  {
    type: either(fc.constant('request')),
    id: either(fc.nat()),
    collection: either(fc.string()),
    method: either(fc.constantFrom('find', 'get', 'aggregate', 'insert', 'toString', '__proto__')),
    args: either(fc.array(fc.jsonValue(), { maxLength: 4 })),
    more: odd,
  },
  { requiredKeys: ['type', 'id', 'collection', 'args'] },
)

describe('a message that is plainly a request', () => {
  it('is one by its schema, too', () => {
    let plain = 0
    const property = fc.property(requests, (message) => {
      const isFit = upSchemas.request.safeParse(message).success
      if (isRequest(message)) plain++
      expect(isRequest(message)).toBe(isFit)
    })
    fc.assert(property, { numRuns: 5_000, seed: 20_261_120 })
    expect(plain).toBeGreaterThan(50)
  })
})
