import type { CollectionDefinition, FieldDefinition } from '@wherry/core/schema'
import { drawWhere } from './filters.ts'
import { measures, nullability, orderedKinds } from './grammar.ts'
import type { Scene } from './scene.ts'
import { optionPairsOf } from './universe.ts'

type Query = Record<string, unknown>

/** A query for `find` and what reads like it. */
export function drawFind(scene: Scene, collection: CollectionDefinition, reader: string): Query {
  const { random, swarm, coverage } = scene
  const query = drawRows(scene, collection, reader)
  if (swarm.options.has('include') && random.chance(0.4)) {
    const include = drawInclude(scene, collection, reader)
    if (include !== undefined) query.include = include
  }
  if (reader === 'find') {
    for (const pair of optionPairsOf(query)) coverage.hit('option pairs of find', ...pair)
  }
  return query
}

/** A query that includes nothing. */
function drawRows(scene: Scene, collection: CollectionDefinition, reader: string): Query {
  const { random, swarm } = scene
  const wants = (option: string, probability: number) =>
    swarm.options.has(option) && random.chance(probability)
  const query: Query = {}
  if (random.chance(0.7)) query.where = drawWhere(scene, collection, reader)
  if (wants('select', 0.3)) {
    query.select = random.shuffle(
      random.some(
        collection.fieldList.map(({ name }) => name),
        0.4,
      ),
    )
  }
  if (wants('orderBy', 0.6)) query.orderBy = drawOrder(scene, collection, reader)
  if (reader === 'find' || reader === 'page' || reader === 'stream') {
    if (wants('limit', 0.4)) query.limit = random.pick([0, 1, 1, 2, 3, 5, 100])
    if (wants('offset', 0.3)) query.offset = random.pick([0, 1, 2, 3, 10, 1000])
  }
  return query
}

/** Some relations, some of them with a query of their own; undefined where there are none. */
export function drawInclude(
  scene: Scene,
  collection: CollectionDefinition,
  reader: string,
  depth = 1,
): Query | undefined {
  const { random } = scene
  const relations = Array.from(collection.relations.values())
  if (relations.length === 0) return undefined
  const drawn = random.sample(relations, random.pick([1, 1, 2]))
  return Object.fromEntries(
    drawn.map(({ name, kind, to }): [string, unknown] => {
      if (random.chance(0.3)) return [name, true]
      const { offset: _, ...many } = drawRows(scene, to, reader)
      const { orderBy: __, limit: ___, ...one } = many
      const query: Query = kind === 'belongsTo' ? one : many
      if (kind !== 'belongsTo' && random.chance(0.4)) query.limit = random.pick([0, 1, 1, 2, 3])
      const inner =
        depth < 3 && random.chance(0.3) ? drawInclude(scene, to, reader, depth + 1) : undefined
      return [name, inner === undefined ? query : { ...query, include: inner }]
    }),
  )
}

function drawOrder(scene: Scene, collection: CollectionDefinition, reader: string): unknown {
  const { random, coverage } = scene
  const fields = collection.fieldList.filter(({ kind }) => orderedKinds.includes(kind))
  const count = Math.min(random.pick([1, 1, 2, 2, 3, 4]), fields.length)
  const terms: Query[] = []
  const left = new Set(fields)
  for (let i = 0; i < count; i++) {
    const candidates = Array.from(left).flatMap((field) =>
      ['asc', 'desc'].map((direction) => ({ field, direction })),
    )
    const { field, direction } = coverage.favour(
      random,
      candidates,
      'direction × kind × nullability',
      (each) => [each.direction, each.field.kind, nullability(each.field)],
    )
    left.delete(field)
    coverage.hit('direction × kind × nullability', direction, field.kind, nullability(field))
    coverage.hit('direction × kind × reader', direction, field.kind, reader)
    terms.push({ [field.name]: direction })
  }
  return terms.length === 1 && random.chance(0.5) ? terms[0]! : terms
}

export interface AggregateWishes {
  /** Without what filters, orders and cuts the groups. */
  readonly whole?: boolean
  /** Without totals of floats, which depend on the order of adding in their last digits. */
  readonly exact?: boolean
}

export function drawAggregate(
  scene: Scene,
  collection: CollectionDefinition,
  { whole = false, exact = false }: AggregateWishes = {},
): Query {
  const { random, swarm } = scene
  const query: Query = {}
  if (random.chance(0.6)) query.where = drawWhere(scene, collection, 'aggregate')
  const groupBy =
    swarm.options.has('groupBy') && random.chance(0.7) ? drawGroups(scene, collection) : []
  if (groupBy.length > 0 || random.chance(0.2)) query.groupBy = groupBy.map(({ name }) => name)
  const drawn = drawMeasures(scene, collection, groupBy.length > 0, exact)
  query.measures = Object.fromEntries(drawn.map(({ name, measure }) => [name, measure]))
  return whole ? query : { ...query, ...drawCut(scene, collection, drawn, groupBy) }
}

/** An aggregate as in `drawAggregate`, in two: what makes the groups, and what cuts them. */
export function drawCutAggregate(scene: Scene, collection: CollectionDefinition): [Query, Query] {
  const { having, orderBy, limit, offset, ...query } = drawAggregate(scene, collection)
  const cut = Object.entries({ having, orderBy, limit, offset })
  return [query, Object.fromEntries(cut.filter(([, value]) => value !== undefined))]
}

function drawCut(
  scene: Scene,
  collection: CollectionDefinition,
  drawn: readonly DrawnMeasure[],
  groupBy: readonly FieldDefinition[],
): Query {
  const { random, swarm } = scene
  const query: Query = {}
  if (swarm.options.has('having') && random.chance(0.4)) {
    query.having = drawHaving(scene, collection, drawn, groupBy)
  }
  if (random.chance(0.4)) {
    const names = [
      ...drawn.filter(({ field }) => field?.kind !== 'float').map(({ name }) => name),
      ...groupBy.map(({ name }) => name),
    ]
    const terms = random
      .sample(names, random.pick([1, 1, 2]))
      .map((name) => ({ [name]: random.pick(['asc', 'desc']) }))
    if (terms.length > 0) query.orderBy = terms
  }
  if (random.chance(0.2)) query.limit = random.pick([0, 1, 2, 5])
  if (random.chance(0.15)) query.offset = random.pick([0, 1, 2])
  return query
}

function drawGroups(scene: Scene, collection: CollectionDefinition): FieldDefinition[] {
  const { random, coverage } = scene
  const fields = collection.fieldList.filter(({ kind }) => orderedKinds.includes(kind))
  const first = coverage.favour(random, fields, 'group × kind × nullability', (field) => [
    field.kind,
    nullability(field),
  ])
  const groups = Array.from(new Set([first, ...random.sample(fields, random.pick([0, 0, 1, 2]))]))
  for (const field of groups) {
    coverage.hit('group × kind × nullability', field.kind, nullability(field))
  }
  return groups
}

interface DrawnMeasure {
  readonly name: string
  readonly measure: unknown
  readonly what: string
  readonly field?: FieldDefinition
}

/** Callers choose these, and no rule of theirs keeps an engine's punctuation out. */
const measureNames: readonly string[] = [
  'n',
  'm',
  'count',
  'max',
  'order',
  'm0_0',
  "it's",
  '"',
  'a b',
  '',
  'constructor',
  'n:count: m',
  'n0:count: m',
]

function drawMeasures(
  scene: Scene,
  collection: CollectionDefinition,
  grouped: boolean,
  exact: boolean,
): DrawnMeasure[] {
  const { random, coverage } = scene
  const candidates = collection.fieldList.flatMap((field) =>
    Object.keys(measures)
      .filter((what) => measures[what]!.includes(field.kind))
      .filter((what) => !exact || field.kind !== 'float' || what === 'min' || what === 'max')
      .map((what) => ({ what, field })),
  )
  return Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, index): DrawnMeasure => {
    const name = random.pick(measureNames) + (random.chance(0.9) ? String(index) : '')
    if (candidates.length === 0 || random.chance(0.25)) {
      return { name, measure: 'count', what: 'count' }
    }
    const { what, field } = coverage.favour(
      random,
      candidates,
      'measure × kind × nullability',
      (each) => [each.what, each.field.kind, nullability(each.field)],
    )
    coverage.hit('measure × kind × nullability', what, field.kind, nullability(field))
    coverage.hit('measure × kind × grouping', what, field.kind, grouped ? 'grouped' : 'whole')
    return { name, measure: { [what]: field.name }, what, field }
  })
}

/** Compares a measure or a group's field, but no totals of floats: their last digits differ. */
function drawHaving(
  scene: Scene,
  collection: CollectionDefinition,
  drawn: readonly DrawnMeasure[],
  groupBy: readonly FieldDefinition[],
): Query {
  const { random, coverage } = scene
  const exact = drawn.filter(({ field }) => field?.kind !== 'float')
  const test = (): Query => {
    if (exact.length === 0 || (groupBy.length > 0 && random.chance(0.3))) {
      if (groupBy.length === 0) return { [drawn[0]!.name]: { isNull: random.chance(0.5) } }
      const field = random.pick(groupBy)
      return { [field.name]: { [random.pick(['eq', 'ne'])]: scene.operand(collection, field) } }
    }
    const { name, what, field } = random.pick(exact)
    const operand = () =>
      field === undefined
        ? random.pick([0, 1, 2, 3])
        : what === 'avg'
          ? random.pick([0, 1, 2, 0.5])
          : scene.operand(collection, field)
    const operator = coverage.favour(
      random,
      ['eq', 'ne', 'gt', 'lte', 'in', 'isNull'],
      'having operator × measure',
      (each) => [each, what],
    )
    coverage.hit('having operator × measure', operator, what)
    if (operator === 'isNull') return { [name]: { isNull: random.chance(0.5) } }
    return { [name]: { [operator]: operator === 'in' ? [operand(), operand()] : operand() } }
  }
  return random.weighted<() => Query>([
    [3, test],
    [1, () => ({ NOT: test() })],
    [1, () => ({ OR: [test(), test()] })],
  ])()
}
