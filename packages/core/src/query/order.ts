import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import type { FieldDefinition, Row } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import { got } from '../lib/got.ts'
import type { OrderTerm } from './ast.ts'
import { invalid, unknownField, type Shape } from './shape.ts'

/** Reads an `orderBy` and ends it with the key, so that no two rows are equal in it: all behind is idle. */
export function parseOrder(
  shape: Shape,
  orderBy: unknown,
  key: readonly FieldDefinition[],
): readonly OrderTerm[] {
  if (orderBy === undefined) return key.map((field) => ({ field, descending: false }))
  const terms: OrderTerm[] = []
  const seen = new Set<FieldDefinition>()
  const rest = new Set(key)
  for (const item of Array.isArray(orderBy) ? orderBy : [orderBy]) {
    const term = parseTerm(shape, item)
    if (seen.has(term.field)) {
      throw invalid(`orderBy names '${term.field.name}' twice`)
    }
    seen.add(term.field)
    if (rest.size > 0) terms.push(term)
    rest.delete(term.field)
  }
  for (const field of rest) terms.push({ field, descending: false })
  return terms
}

function parseTerm(shape: Shape, item: unknown): OrderTerm {
  const names = isPlainObject(item) ? Object.keys(item) : []
  if (names.length !== 1) {
    throw invalid(
      `Each term of orderBy is an object with one key, such as { createdAt: 'desc' }, ` +
        (names.length > 1 ? `got ${names.length}: make it an array of terms` : got(item)),
    )
  }
  const name = names[0]!
  const direction = (item as Record<string, unknown>)[name]
  const field = shape.fields.get(name)
  if (field === undefined) throw unknownField(shape, name)
  if (!kinds[field.kind].allows.order) {
    const fault = `'${name}' is of kind ${field.kind}, which has no order`
    throw new WherryError('InvalidQuery', fault, { fields: [name] })
  }
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalid(`orderBy '${name}' takes 'asc' or 'desc', ${got(direction)}`)
  }
  return { field, descending: direction === 'desc' }
}

/** Compares two rows as the order says; null is smaller than every value. */
export function rowComparator(order: readonly OrderTerm[]): (a: Row, b: Row) => number {
  const terms = order.map(({ field, descending }) => {
    const compare = valueComparator(field)
    return {
      name: field.name,
      compare: descending ? (a: unknown, b: unknown) => compare(b, a) : compare,
    }
  })
  return (a, b) => {
    for (const { name, compare } of terms) {
      const difference = compare(a[name], b[name])
      if (difference !== 0) return difference
    }
    return 0
  }
}

/** The index at which a row belongs among rows that are in order: before its equal, if there is one. */
export function placeAmong(
  rows: readonly Row[],
  row: Row,
  compare: (a: Row, b: Row) => number,
): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(rows[middle]!, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Compares two values of a field, null being the smallest. */
export function valueComparator(field: FieldDefinition): (a: unknown, b: unknown) => number {
  const compare = kinds[field.kind].compare as (a: unknown, b: unknown) => number
  return (a, b) => {
    if (a === null) return b === null ? 0 : -1
    return b === null ? 1 : compare(a, b)
  }
}
