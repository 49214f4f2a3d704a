import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/lib/json.ts'
import { acceptField } from '../../src/schema/accept.ts'
import { copyRow, decodeRow, decodeValue, encodeRow, encodeValue } from '../../src/schema/codec.ts'
import type { FieldDefinition, Row } from '../../src/schema/definition.ts'
import { isSameRow } from '../../src/query/same-row.ts'
import { kinds } from '../../src/schema/kinds.ts'
import { check } from '../support/check.ts'
import { anyThing, things } from '../support/things.ts'
import { anyValueOf } from './values.ts'

const wire = (json: Json): Json => JSON.parse(JSON.stringify(json)) as Json
const onWire = (row: Row) => wire(encodeRow(things, row))

/** A row of values from the whole range of each kind, as the schema accepts them. */
const anyRow: fc.Arbitrary<Row> = fc
  .record(Object.fromEntries(things.fieldList.map((field) => [field.name, orNull(field)])))
  .map((row) => accepted(row))

function orNull(field: FieldDefinition): fc.Arbitrary<unknown> {
  return field.nullable ? fc.option(anyValueOf(field), { freq: 6 }) : anyValueOf(field)
}

function accepted(row: Row): Row {
  return Object.fromEntries(things.fieldList.map((f) => [f.name, acceptField(f, row[f.name])]))
}

describe('the row codec', () => {
  it.each(things.fieldList.map((field) => [field.name, field] as const))(
    'brings every value of %s back over the wire, and writes it one way only',
    (_, field) => {
      check(
        fc.property(anyValueOf(field), (given) => {
          const value = acceptField(field, given)
          const json = wire(encodeValue(field, value))
          const decoded = decodeValue(field, json)
          expect(decoded).toEqual(value)
          expect(Object.is(decoded, -0)).toBe(false)
          expect(encodeValue(field, decoded)).toEqual(json)
        }),
      )
    },
  )

  it('brings whole rows back', () => {
    check(
      fc.property(anyRow, (row) => {
        expect(decodeRow(things, onWire(row))).toEqual(row)
      }),
    )
  })

  it('brings rows back that are the same, in whatever order their fields and JSON keys stood', () => {
    check(
      fc.property(anyRow, (row) => {
        const again = decodeRow(things, backwards(onWire(row)))
        expect(isSameRow(things, again, row)).toBe(true)
      }),
    )
  })

  it('tells rows apart that have different values', () => {
    check(
      fc.property(anyThing, anyThing, (a, b) => {
        const equal = things.fieldList.every(({ name, kind }) => {
          const compare = kinds[kind].compare as (x: unknown, y: unknown) => number
          if (a[name] === null || b[name] === null) return a[name] === b[name]
          return kind === 'array'
            ? JSON.stringify(a[name]) === JSON.stringify(b[name])
            : compare(a[name], b[name]) === 0
        })
        expect(isSameRow(things, a, b)).toBe(equal)
      }),
      1_000,
    )
  })

  it('copies rows so that they share nothing mutable', () => {
    check(
      fc.property(anyRow, (row) => {
        const before = encodeRow(things, structuredClone(row))
        const copy = copyRow(things.fieldList, row)
        expect(copy).toEqual(row)
        for (const value of Object.values(copy)) spoil(value)
        expect(encodeRow(things, row)).toEqual(before)
      }),
    )
  })
})

function backwards(json: Json): Json {
  if (Array.isArray(json)) return json.map(backwards)
  if (json === null || typeof json !== 'object') return json
  const entries = Object.entries(json).toReversed()
  return Object.fromEntries(entries.map(([key, value]) => [key, backwards(value)]))
}

/** Changes everything in a value that can be changed. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Date) value.setTime(value.getTime() === 1 ? 2 : 1)
  else if (value instanceof Uint8Array) value.fill(0x5a)
  else if (Array.isArray(value)) {
    value.forEach(spoil)
    value.push('spoilt')
  } else {
    Object.values(value).forEach(spoil)
    ;(value as Row).spoilt = true
  }
}
