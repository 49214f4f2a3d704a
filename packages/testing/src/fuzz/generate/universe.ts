import {
  allKinds,
  elementKinds,
  keyKinds,
  listLengths,
  measures,
  operators,
  orderedKinds,
  pathOperators,
  summedKinds,
} from './grammar.ts'

const nullable = ['nullable', 'required']
const directions = ['asc', 'desc']
/** What asks with a `where`. */
const askers = [
  'find',
  'count',
  'aggregate',
  'updateMany',
  'deleteMany',
  'pages',
  'complement',
  'threeValued',
]
const findOptions = ['where', 'select', 'include', 'orderBy', 'limit', 'offset']

/** Every combination that a long run must reach, by dimension. */
export function universe(): ReadonlyMap<string, readonly string[]> {
  const operatorKinds = allKinds.flatMap((kind) => operators[kind].map((op) => [op, kind]))
  const names = Array.from(new Set(operatorKinds.map(([op]) => op!)))
  const measureKinds = Object.entries(measures).flatMap(([name, kinds]) =>
    kinds.map((kind) => [name, kind]),
  )
  const assigned = allKinds.flatMap((kind) => [
    ['set', kind],
    ['null', kind],
    ...(summedKinds.includes(kind) ? [['increment', kind]] : []),
  ])
  return new Map([
    ['operator × kind × nullability', cross(operatorKinds.map(join), nullable)],
    ['operator × kind, negated', operatorKinds.map(join)],
    ['operator × asker', cross(names, askers)],
    ['operator × index', cross(scalarNames(), ['key', 'unique', 'index', 'plain'])],
    [
      'path operator × operand',
      Object.entries(pathOperators).flatMap(([type, ops]) => cross(ops, [type])),
    ],
    ['path operator × last step', cross(distinctPathOperators(), ['key', 'position'])],
    ['array operator × element', cross(['has', 'hasAny', 'hasAll'], elementKinds)],
    [
      'list operator × length × asker',
      cross(cross(['in', 'notIn', 'hasAny', 'hasAll'], Object.keys(listLengths)), askers),
    ],
    ['direction × kind × nullability', cross(cross(directions, orderedKinds), nullable)],
    [
      'direction × kind × reader',
      cross(cross(directions, orderedKinds), ['find', 'pages', 'window']),
    ],
    ['measure × kind × nullability', cross(measureKinds.map(join), nullable)],
    ['measure × kind × grouping', cross(measureKinds.map(join), ['grouped', 'whole'])],
    ['group × kind × nullability', cross(orderedKinds, nullable)],
    [
      'having operator × measure',
      cross(['eq', 'ne', 'gt', 'lte', 'in', 'isNull'], ['count', ...Object.keys(measures)]),
    ],
    ['assignment × kind × write', cross(assigned.map(join), ['update', 'updateMany', 'upsert'])],
    ['key × kind × call', cross(keyKinds, ['get', 'update', 'delete', 'upsert'])],
    ['field × kind × role', cross(keyKinds, ['key', 'unique', 'index'])],
    ['option pairs of find', optionPairs()],
  ])
}

function cross(a: readonly string[], b: readonly string[]): string[] {
  return a.flatMap((one) => b.map((other) => `${one} ${other}`))
}

function join(parts: readonly string[]): string {
  return parts.join(' ')
}

function scalarNames(): string[] {
  return Array.from(new Set(orderedKinds.flatMap((kind) => operators[kind])))
}

function distinctPathOperators(): string[] {
  return Array.from(new Set(Object.values(pathOperators).flat()))
}

/** Both there, either, neither, for each two options. */
function optionPairs(): string[] {
  return findOptions.flatMap((one, index) =>
    findOptions.slice(index + 1).flatMap((other) => cross(signs(one), signs(other))),
  )
}

function signs(option: string): string[] {
  return [`+${option}`, `-${option}`]
}

/** The option pairs of one query. */
export function optionPairsOf(query: Readonly<Record<string, unknown>>): [string, string][] {
  const signed = findOptions.map((option) => `${option in query ? '+' : '-'}${option}`)
  return signed.flatMap((one, index) =>
    signed.slice(index + 1).map((other): [string, string] => [one, other]),
  )
}
