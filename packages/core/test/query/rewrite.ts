import type { Where } from './filters.ts'

/** Says a filter in other words that mean the same to any reader; `random` is uniform in [0, 1). */
export function rewrite(where: Where, random: () => number): Where {
  const pieces = Object.entries(where).flatMap(([name, value]) => reword(name, value, random))
  return disguise(joined(shuffled(pieces, random), random), random)
}

type Piece = Where

function reword(name: string, value: unknown, random: () => number): Piece[] {
  if (name === 'NOT') return [{ NOT: rewrite(value as Where, random) }]
  if (name === 'AND' || name === 'OR') {
    const terms = (value as Where[]).map((term) => rewrite(term, random))
    return [{ [name]: repeated(shuffled(terms, random), random) }]
  }
  if (
    value === null ||
    typeof value !== 'object' ||
    Object.getPrototypeOf(value) !== Object.prototype
  ) {
    return [rewordTest(name, {}, 'eq', value, random)]
  }
  const { path, ...operators } = value as Where
  const place = path === undefined ? {} : { path }
  return Object.entries(operators).map(([operator, operand]) =>
    rewordTest(name, place, operator, operand, random),
  )
}

function rewordTest(
  name: string,
  place: { path?: unknown },
  operator: string,
  operand: unknown,
  random: () => number,
): Piece {
  const test = (as: string, of: unknown): Piece => ({ [name]: { ...place, [as]: of } })
  const again = (as: string, of: unknown) => rewordTest(name, place, as, of, random)
  const choose = (...options: (() => Piece)[]) => pick(options, random)()
  const same = () => test(operator, operand)
  switch (operator) {
    case 'eq':
      if (operand === null) return choose(same, () => test('isNull', true))
      if (place.path !== undefined) return choose(same, () => test('in', [operand, operand]))
      return choose(
        same,
        () => ({ [name]: operand }),
        () => test('in', [operand]),
      )
    case 'ne':
      return choose(same, () => ({ NOT: again('eq', operand) }))
    case 'notIn':
      return choose(same, () => ({ NOT: again('in', operand) }))
    case 'in':
      return test('in', repeated(shuffled(operand as unknown[], random), random))
    case 'isNull':
      if (operand === false) return choose(same, () => ({ NOT: again('isNull', true) }))
      return choose(same, () => test('eq', null))
    case 'hasAny':
    case 'hasAll': {
      const items = repeated(shuffled(operand as unknown[], random), random)
      const each = () => items.map((item) => test('has', item))
      if (items.length === 0) return same()
      return choose(
        () => test(operator, items),
        () => ({ [operator === 'hasAny' ? 'OR' : 'AND']: each() }),
      )
    }
    default:
      return same()
  }
}

/** One object where no two pieces need the same key, an AND of them otherwise and sometimes. */
function joined(pieces: readonly Piece[], random: () => number): Where {
  const keys = pieces.flatMap(Object.keys)
  const collide = new Set(keys).size < keys.length
  if (collide || random() < 0.3) return { AND: repeated(pieces, random) }
  return Object.assign({}, ...pieces) as Where
}

function disguise(where: Where, random: () => number): Where {
  return pick<() => Where>(
    [
      () => where,
      () => where,
      () => where,
      () => ({ AND: [where] }),
      () => ({ OR: [where, where] }),
      () => ({ NOT: { NOT: where } }),
      () => ({ NOT: { OR: [{ NOT: where }] } }),
    ],
    random,
  )()
}

function pick<T>(options: readonly T[], random: () => number): T {
  return options[Math.floor(random() * options.length)]!
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

function repeated<T>(items: readonly T[], random: () => number): T[] {
  return items.length > 0 && random() < 0.3 ? [...items, pick(items, random)] : [...items]
}
