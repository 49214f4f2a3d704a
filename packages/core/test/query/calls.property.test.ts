import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/lib/json.ts'
import type { CallMethod } from '../../src/query/calls.ts'
import { parseMeasured } from '../../src/query/measures.ts'
import { acceptField } from '../../src/schema/accept.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../src/schema/definition.ts'
import { kinds } from '../../src/schema/kinds.ts'
import { anyValueOf } from '../codec/values.ts'
import { check } from '../support/check.ts'
import { anyWhere } from './filters.ts'
import { endsOf, returned, travelled, callersOf } from './travelling-calls.ts'

/** As in `check`, which takes no property that waits. */
const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)

const things = endsOf('things')
const pairs = endsOf('pairs')

/** A value as the schema keeps it, which is how it comes back. */
function anyField(field: FieldDefinition): fc.Arbitrary<unknown> {
  const value = anyValueOf(field).map((given) => acceptField(field, given))
  return field.nullable ? fc.option(value, { freq: 6 }) : value
}

/** Some fields of a row, and all of `required`. */
function anyFields(
  fields: readonly FieldDefinition[],
  required: readonly string[] = [],
): fc.Arbitrary<Row> {
  const values = Object.fromEntries(fields.map((field) => [field.name, anyField(field)]))
  return fc.record(values, { requiredKeys: [...required], noNullPrototype: true })
}

function anyPatch({ fieldList, key }: CollectionDefinition): fc.Arbitrary<Row> {
  const entries = fieldList
    .filter((field) => !key.includes(field) && field.managed === undefined)
    .map((field) => {
      const increment = anyField({ ...field, nullable: false }).map((by) => ({ increment: by }))
      const canSum = kinds[field.kind].allows.sum === true
      return [field.name, canSum ? fc.oneof(anyField(field), increment) : anyField(field)]
    })
  const values = Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>
  return fc.record(values, { requiredKeys: [], noNullPrototype: true }).filter(isSomething)
}

const isSomething = (patch: Row) => Object.keys(patch).length > 0

function anyKey({ key }: CollectionDefinition): fc.Arbitrary<unknown> {
  if (key.length === 1) return anyField(key[0]!)
  return fc.record(Object.fromEntries(key.map((field) => [field.name, anyField(field)])))
}

const whole = fc.nat({ max: 100 })
const names = things.server.fieldList.map(({ name }) => name)
const ordered = things.server.fieldList.filter(({ kind }) => kinds[kind].allows.order)
const direction = fc.constantFrom('asc', 'desc')
const anyOrder = fc.oneof(
  fc.constantFrom(...ordered).chain(({ name }) => direction.map((to) => ({ [name]: to }))),
  fc
    .shuffledSubarray(ordered, { maxLength: 3 })
    .map((fields) => fields.map(({ name }) => ({ [name]: 'desc' }))),
)
const anySelect = fc.subarray(names, { minLength: 1 })

const anyQuery = fc.record(
  { where: anyWhere, select: anySelect, orderBy: anyOrder, limit: whole, offset: whole },
  { requiredKeys: [], noNullPrototype: true },
)

const measures = {
  n: 'count',
  bigints: { sum: 'bigint' },
  decimals: { sum: 'decimal' },
  mean: { avg: 'int' },
  first: { min: 'timestamp' },
  last: { max: 'text' },
}
const groups = ordered.filter(({ kind }) => kinds[kind].allows.group).map(({ name }) => name)
const result = (groupBy: readonly string[]) =>
  Array.from(parseMeasured(things.server, { groupBy, measures }).result.fields.values())
const anyAggregate = fc.shuffledSubarray(groups, { maxLength: 2 }).chain((groupBy) => {
  const tests = result(groupBy).map((field) =>
    anyField({ ...field, nullable: false }).map((gte) => ({ [field.name]: { eq: gte } })),
  )
  return fc.record(
    {
      measures: fc.constant(measures),
      groupBy: fc.constant(groupBy),
      where: anyWhere,
      having: fc.array(fc.oneof(...tests), { maxLength: 2 }).map((terms) => ({ AND: terms })),
      orderBy: direction.map((to) => ({ n: to })),
      limit: whole,
    },
    { requiredKeys: ['measures', 'groupBy'], noNullPrototype: true },
  )
})

const row = anyFields(things.server.fieldList, ['id', 'name', 'count'])
const version = fc.record({ ifVersion: fc.integer({ min: 1 }) })
const patch = anyPatch(things.server)
const filtered = anyWhere.map((where) => ({ where }))

/** Arguments of each method, of a collection with fields of every kind. */
const calls: { readonly [M in CallMethod]: fc.Arbitrary<readonly unknown[]> } = {
  find: orNone(anyQuery),
  findOne: orNone(fc.record({ where: anyWhere, select: anySelect })),
  get: fc.oneof(
    fc.tuple(anyKey(things.server)),
    fc.tuple(
      anyKey(things.server),
      anySelect.map((select) => ({ select })),
    ),
  ),
  page: orNone(anyQuery),
  count: orNone(filtered),
  aggregate: fc.tuple(anyAggregate),
  insert: fc.tuple(row),
  insertMany: fc.tuple(fc.array(row, { maxLength: 3 })),
  update: fc.tuple(anyKey(things.server), patch),
  updateMany: fc.tuple(fc.record({ where: anyWhere, set: patch })),
  upsert: fc.tuple(fc.record({ on: fc.constant(['id']), insert: row, update: patch })),
  delete: fc.tuple(anyKey(things.server)),
  deleteMany: fc.tuple(filtered),
}

function orNone(query: fc.Arbitrary<unknown>): fc.Arbitrary<readonly unknown[]> {
  return fc.oneof({ arbitrary: fc.tuple(query), weight: 9 }, fc.constant([]))
}

const selected = anyFields(things.server.fieldList)
const count = fc.constant([{}] as readonly unknown[])

/** What each method may come to, with the arguments of its call where they tell how to read it. */
const results: {
  readonly [M in CallMethod]: fc.Arbitrary<readonly [args: readonly unknown[], value: unknown]>
} = {
  find: fc.tuple(calls.find, fc.array(selected, { maxLength: 3 })),
  findOne: fc.tuple(calls.findOne, fc.option(selected)),
  get: fc.tuple(calls.get, selected),
  page: fc.tuple(
    calls.page,
    fc.record({ rows: fc.array(selected, { maxLength: 3 }), next: fc.option(fc.string()) }),
  ),
  count: fc.tuple(count, whole),
  aggregate: anyAggregate.chain((query) => {
    const fields = result(query.groupBy)
    const group = fc.record(
      Object.fromEntries(fields.map((field) => [field.name, anyField(field)])),
    )
    return fc.tuple(fc.constant([query]), fc.array(group, { maxLength: 3 }))
  }),
  insert: fc.tuple(calls.insert, selected),
  insertMany: fc.tuple(calls.insertMany, fc.array(selected, { maxLength: 3 })),
  update: fc.tuple(calls.update, selected),
  updateMany: fc.tuple(calls.updateMany, whole),
  upsert: fc.tuple(calls.upsert, selected),
  delete: fc.tuple(calls.delete, fc.constant(null)),
  deleteMany: fc.tuple(calls.deleteMany, whole),
}

const methods = Object.keys(calls) as CallMethod[]

describe.each(methods)('%s over the wire', (method) => {
  it('is called with what it was called with', () => {
    check(
      fc.property(calls[method], (args) => {
        expect(travelled(things, method, args)).toEqual(args)
      }),
    )
  })

  it('comes to what it came to', () => {
    check(
      fc.property(results[method], ([args, value]) => {
        expect(returned(things, method, args, value)).toEqual(value)
      }),
      100,
    )
  })

  it('does what it does beside the service, or is refused with the same code, whatever is put into it', async () => {
    const { local, remote } = await callersOf('things')
    const spoilt = calls[method].chain((args) => spoil(args))
    await fc.assert(
      fc.asyncProperty(spoilt, async (args) => {
        expect(await remote(method, args)).toEqual(await local(method, args))
      }),
      { seed, numRuns: 300 },
    )
  })
})

const words = [
  `where select orderBy limit offset after groupBy measures having on insert update set increment`,
  `ifVersion forUpdate AND OR NOT eq ne gt in notIn contains has hasAny isNull path sum n`,
  `__proto__ constructor toString $where then toJSON length`,
].flatMap((line) => line.split(' '))

/** JSON that has the words of the language in places where nobody expects them. */
const anyJson = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Json>(null, true, 0, -1, 1.5, 2 ** 53, '', 'a', '\ud800', '7.50', '00ff'),
    fc.constantFrom<Json>('id', 'asc', 'count', '-5', '2026-01-31T12:00:00.000Z', '9'.repeat(30)),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom('', ...words, ...names), tie('json')), { maxLength: 4 })
      .map(objectOf),
  ),
})).json

function objectOf(entries: readonly (readonly [string, Json])[]): Json {
  // As JSON.parse does it: '__proto__' is a key like others.
  const text = entries.map(([key, json]) => `${JSON.stringify(key)}:${JSON.stringify(json)}`)
  return JSON.parse(`{${text.join()}}`) as Json
}

it('has a plan or a code for whatever JSON comes as the arguments of a call', async () => {
  const { raw } = await callersOf('things')
  const anyArgs = fc.array(anyJson, { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), anyArgs, async (method, args) => {
      // Anything but an error of Wherry's would be thrown here.
      await raw(method, args)
    }),
    { seed, numRuns: 3_000 },
  )
})

describe('keys of several fields, and versions', () => {
  it.each<[CallMethod, fc.Arbitrary<unknown>[]]>([
    ['get', []],
    ['update', [anyPatch(pairs.server), version]],
    ['delete', [version]],
  ])('reach %s behind the wire, too', (method, more) => {
    check(
      fc.property(fc.tuple(anyKey(pairs.server), ...more), (args) => {
        expect(travelled(pairs, method, args)).toEqual(args)
      }),
    )
  })
})

class Instance {
  readonly a = 1
}

const oddities: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => 1n,
  () => '',
  () => '\ud800',
  () => true,
  () => Symbol('odd'),
  () => () => 1,
  () => ({}),
  () => [],
  () => JSON.parse('{ "__proto__": { "a": 1 } }') as unknown,
  () => Array.from({ length: 70 }).reduce((inner: unknown) => [inner], []),
]

/** These a service takes for objects without keys where it takes objects of options. */
const instances: readonly (() => unknown)[] = [
  () => new Date(Number.NaN),
  () => new Instance(),
  () => new Map([['a', 1]]),
  () => Uint8Array.of(1),
  () => Array<unknown>(2),
]

/** The same arguments with something odd in one place. */
function spoil(args: readonly unknown[]): fc.Arbitrary<readonly unknown[]> {
  // Without an id, each of the two callers would be given another one.
  const places = placesIn(args).filter((place) => place.at(-1) !== 'id')
  return fc
    .constantFrom(...places)
    .chain((place) =>
      fc
        .constantFrom(...oddities, ...(place.length > 1 ? instances : []))
        .map((odd) => put(args, place, odd()) as readonly unknown[]),
    )
}

type Place = readonly (string | number)[]

function placesIn(value: unknown, place: Place = []): Place[] {
  const own: Place[] = place.length === 0 ? [[0]] : [place]
  if (Array.isArray(value)) {
    return [...own, ...value.flatMap((item, index) => placesIn(item, [...place, index]))]
  }
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return own
  return [
    ...own,
    ...Object.keys(value).flatMap((key) => placesIn((value as Row)[key], [...place, key])),
  ]
}

function put(value: unknown, [step, ...rest]: Place, odd: unknown): unknown {
  if (step === undefined) return odd
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Row) }) as Row
  copy[step] = put(copy[step], rest, odd)
  return copy
}
