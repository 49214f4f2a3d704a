import * as fc from 'fast-check'
import { pools, things, valueOf } from '../support/things.ts'

export type Where = Record<string, unknown>

const jsonPath = fc.constantFrom<readonly (string | number)[]>(
  ['a'],
  ['s'],
  ['b'],
  ['n'],
  ['l', 0],
  ['l', 1],
  ['l', 2, 'k'],
  ['l', 9],
  ['o', 'a'],
  ['missing', 'a'],
  [0],
  ['0'],
)
const jsonText = fc.constantFrom('', 'x', 'xy', '1', 'true')
const jsonNumber = fc.constantFrom(1, 1.5, 2, 0)
const jsonScalar = fc.oneof(jsonText, jsonNumber, fc.boolean())

/** One operator with its operand, as `{ gt: 5 }`. */
type Operators = fc.Arbitrary<Where>

function one(names: readonly string[], operand: fc.Arbitrary<unknown>): Operators {
  return fc.tuple(fc.constantFrom(...names), operand).map(([name, value]) => ({ [name]: value }))
}

function list(item: fc.Arbitrary<unknown>, maxLength = 4): fc.Arbitrary<unknown[]> {
  return fc.array(item, { maxLength })
}

const isNull = one(['isNull'], fc.boolean())
const textOperators = ['contains', 'startsWith', 'endsWith']
const rangeOperators = ['gt', 'gte', 'lt', 'lte']

function scalarOperators(field: string, kind: string): Operators {
  const value = valueOf(field)
  const orNull = fc.option(value, { freq: 5 })
  const options = [one(['eq', 'ne'], orNull), one(['in', 'notIn'], list(orNull)), isNull]
  if (kind !== 'boolean' && kind !== 'bytes') options.push(one(rangeOperators, value))
  if (kind === 'text' || kind === 'id') options.push(one(textOperators, valueOf('text')))
  return fc.oneof(...options)
}

function arrayOperators(field: string): Operators {
  const element = fc.constantFrom(...pools[field]!.flat())
  return fc.oneof(one(['has'], element), one(['hasAny', 'hasAll'], list(element, 3)), isNull)
}

const jsonOperators: Operators = fc
  .tuple(
    jsonPath,
    fc.oneof(
      one(['eq', 'ne'], fc.option(jsonScalar, { freq: 5 })),
      one(['in', 'notIn'], list(fc.option(jsonScalar, { freq: 5 }))),
      one(rangeOperators, fc.oneof(jsonText, jsonNumber)),
      one(textOperators, jsonText),
      isNull,
    ),
  )
  .map(([path, operator]) => ({ path, ...operator }))

const leaf: fc.Arbitrary<Where> = fc.oneof(
  ...things.fieldList.map(({ name, kind }) => {
    const named = (value: fc.Arbitrary<unknown>) => value.map((written) => ({ [name]: written }))
    if (kind === 'json') return named(fc.oneof(jsonOperators, isNull, fc.constant(null)))
    if (kind === 'array') return named(fc.oneof(arrayOperators(name), isNull, fc.constant(null)))
    const operators = scalarOperators(name, kind)
    const both = fc.tuple(operators, operators).map(([a, b]) => ({ ...a, ...b }))
    return named(fc.oneof(fc.option(valueOf(name), { freq: 5 }), operators, both))
  }),
)

/** Any filter of `things` that is well written. */
export const anyWhere: fc.Arbitrary<Where> = fc.letrec<{ where: Where }>((tie) => {
  const inner = tie('where')
  const several = fc.array(inner, { maxLength: 3 })
  return {
    where: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: leaf, weight: 4 },
      { arbitrary: fc.tuple(leaf, inner).map(([a, b]) => ({ ...a, ...b })), weight: 2 },
      several.map((terms) => ({ AND: terms })),
      several.map((terms) => ({ OR: terms })),
      inner.map((term) => ({ NOT: term })),
    ),
  }
}).where
