import * as fc from 'fast-check'
import type { ValueType } from '../../src/schema/definition.ts'
import { anyText } from '../support/texts.ts'

const key = anyText.filter((text) => !text.startsWith('$') && text !== '__proto__')
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    number,
    anyText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }).map((object) => ({ ...object })),
  ),
})).value

/** Years 0001 to 9999, with their edges. */
const time = fc.date({
  min: new Date(-62_135_596_800_000),
  max: new Date(253_402_300_799_999),
  noInvalidDate: true,
})

/** Anything from the whole range of a kind that the schema accepts. */
export function anyValueOf(type: ValueType): fc.Arbitrary<unknown> {
  const { kind, maxLength = 60, precision = 18, scale = 0 } = type
  switch (kind) {
    case 'id':
      return anyText.filter((text) => text !== '')
    case 'text':
      return anyText.filter((text) => text.length <= maxLength)
    case 'enum':
      return fc.constantFrom(...type.values!)
    case 'int':
      return fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -0, 2 ** 53 - 1))
    case 'bigint':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'float':
      return number
    case 'decimal':
      return fc
        .bigInt({ min: 1n - 10n ** BigInt(precision), max: 10n ** BigInt(precision) - 1n })
        .map((whole) => {
          const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0')
          return `${whole < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
        })
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return time
    case 'date':
      return time.map((value) => value.toISOString().slice(0, 10))
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 })
    case 'json':
      return json.filter((value) => value !== null)
    case 'array':
      return fc.array(anyValueOf(type.element!), { maxLength: 4 })
  }
}
