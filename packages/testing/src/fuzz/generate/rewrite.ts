import { isRecord } from '../lib/plain.ts'
import type { Random } from '../lib/random.ts'

type Query = Readonly<Record<string, unknown>>

/** The same question in other words: shuffled, repeated, and said by other operators. */
export function rewriteQuery(random: Random, query: Query): Query {
  const { where, select, ...rest } = query
  const rewritten: Record<string, unknown> = { ...rest }
  if (where !== undefined) rewritten.where = rewriteWhere(random, where as Query)
  else if (random.chance(0.5)) rewritten.where = random.pick([{}, { AND: [] }, { NOT: { OR: [] } }])
  if (select !== undefined) rewritten.select = random.shuffle(select as string[])
  const { orderBy } = query
  if (isRecord(orderBy) && random.chance(0.5)) rewritten.orderBy = [orderBy]
  return Object.fromEntries(random.shuffle(Object.entries(rewritten)))
}

function rewriteWhere(random: Random, where: Query): Query {
  const terms = random.shuffle(
    Object.entries(where).map(([name, value]) => rewriteEntry(random, name, value)),
  )
  return random.weighted<() => Query>([
    [5, () => joinTerms(random, terms)],
    [1, () => ({ AND: [...terms, ...random.some(terms, 0.3)] })],
    [1, () => ({ NOT: { OR: terms.map((term) => ({ NOT: term })) } })],
    [1, () => ({ NOT: { NOT: joinTerms(random, terms) } })],
    [1, () => ({ OR: [joinTerms(random, terms)] })],
  ])()
}

/** Puts terms into one object where their names allow it, else under AND. */
function joinTerms(random: Random, terms: readonly Query[]): Query {
  const names = terms.flatMap((term) => Object.keys(term))
  if (terms.length !== 1 && (new Set(names).size < names.length || random.chance(0.3))) {
    return { AND: terms }
  }
  return Object.assign({}, ...terms) as Query
}

function rewriteEntry(random: Random, name: string, value: unknown): Query {
  const again = (term: unknown) => rewriteWhere(random, term as Query)
  switch (name) {
    case 'NOT':
      return { NOT: again(value) }
    case 'AND':
    case 'OR': {
      const terms = random.shuffle((value as unknown[]).map(again))
      const repeated =
        terms.length > 0 && random.chance(0.2) ? [...terms, random.pick(terms)] : terms
      if (random.chance(0.7)) return { [name]: repeated }
      const other = name === 'AND' ? 'OR' : 'AND'
      return { NOT: { [other]: repeated.map((term) => ({ NOT: term })) } }
    }
    default:
      return rewriteField(random, name, value)
  }
}

function rewriteField(random: Random, name: string, value: unknown): Query {
  if (!isRecord(value)) return rewriteTest(random, name, {}, 'eq', value)
  const { path, ...operators } = value
  const place: Query = path === undefined ? {} : { path }
  const tests = Object.entries(operators).map(([operator, operand]) =>
    rewriteTest(random, name, place, operator, operand),
  )
  return tests.length === 1 ? tests[0]! : { AND: random.shuffle(tests) }
}

function rewriteTest(
  random: Random,
  name: string,
  place: Query,
  operator: string,
  operand: unknown,
): Query {
  const test = (op: string, value: unknown): Query => ({ [name]: { ...place, [op]: value } })
  const list = Array.isArray(operand) ? (operand as unknown[]) : []
  const longer = () => random.shuffle([...list, ...random.some(list, 0.3)])
  const same: Query[] = [test(operator, operand)]
  switch (operator) {
    case 'eq':
      same.push({ NOT: test('ne', operand) }, test('in', [operand]))
      if (operand === null) same.push(test('isNull', true))
      else if (place.path === undefined) same.push({ [name]: operand })
      break
    case 'ne':
      same.push({ NOT: test('eq', operand) }, test('notIn', [operand]))
      if (operand === null) same.push(test('isNull', false))
      break
    case 'in':
      same.push(test('in', longer()), { NOT: test('notIn', longer()) })
      break
    case 'notIn':
      same.push(test('notIn', longer()), { NOT: test('in', longer()) })
      break
    case 'isNull':
      same.push(
        { NOT: test('isNull', operand !== true) },
        test(operand === true ? 'eq' : 'ne', null),
      )
      break
    case 'hasAll':
      if (list.length > 0) same.push({ AND: longer().map((item) => test('has', item)) })
      break
    case 'hasAny':
      same.push({ OR: longer().map((item) => test('has', item)) })
      break
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      // Inside JSON an empty text still asks for a text.
      if (operand === '' && place.path === undefined) same.push(test('isNull', false))
      break
  }
  return random.pick(same)
}
