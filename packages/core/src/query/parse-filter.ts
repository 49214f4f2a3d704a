import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject, maxDepth } from '../lib/json.ts'
import type { FieldDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import { acceptOperand } from '../schema/accept.ts'
import type { Filter, Test, TestOperator } from './ast.ts'
import { acceptAt, acceptList, acceptPath } from './operands.ts'
import { operatorUse, permits, unfit, type Operator } from './operators.ts'
import { invalid, unknownField, type Shape } from './shape.ts'

/**
 * How null is treated. `two`: what `NOT` excludes and what it admits are everything together.
 * `three`, for policies: a test of null is unknown, and neither it nor its negation admits a row.
 */
export type Logic = 'two' | 'three'

/** The most tests one filter may hold; engines limit the depth of an expression to about 1,000. */
export const maxTests = 500

/** The most values in lists that engines bind one by one: of floats, and inside JSON. */
const maxBoundValues = 10_000

const every: Filter = { kind: 'every' }
const none: Filter = { kind: 'none' }

/** Reads a `where` or `having` that anybody may have written. Throws on the first fault. */
export function parseFilter(shape: Shape, where: unknown, logic: Logic = 'two'): Filter {
  return new FilterParser(shape, logic).group(where, false, 0)
}

class FilterParser {
  readonly #shape: Shape
  readonly #logic: Logic
  #tests = 0
  #boundValues = 0

  constructor(shape: Shape, logic: Logic) {
    this.#shape = shape
    this.#logic = logic
  }

  /** One object of fields and AND, OR, NOT; `negated` has been pushed down from above. */
  group(where: unknown, negated: boolean, depth: number): Filter {
    if (depth > maxDepth) {
      throw new WherryError(
        'QueryTooComplex',
        `The filter is nested deeper than ${maxDepth} levels; flatten it`,
      )
    }
    if (!isPlainObject(where)) {
      throw invalid(`A filter must be a plain object such as { field: value }, ${got(where)}`)
    }
    const terms: Filter[] = []
    for (const name of Object.keys(where)) {
      terms.push(this.#entry(name, where[name], negated, depth))
    }
    return this.#join(terms, negated ? 'or' : 'and')
  }

  /** What is empty counts as a condition: shared objects may stand in more places than can be read. */
  #join(terms: readonly Filter[], kind: 'and' | 'or'): Filter {
    if (terms.length === 0) this.#countTests(1)
    return join(terms, kind)
  }

  #entry(name: string, value: unknown, negated: boolean, depth: number): Filter {
    if (name === 'NOT') return this.group(value, !negated, depth + 1)
    if (name === 'AND' || name === 'OR') {
      if (!Array.isArray(value)) throw invalid(`${name} takes an array of filters, ${got(value)}`)
      const terms = Array.from(value, (term) => this.group(term, negated, depth + 1))
      return this.#join(terms, (name === 'AND') === negated ? 'or' : 'and')
    }
    const field = this.#shape.fields.get(name)
    if (field === undefined) throw unknownField(this.#shape, name)
    if (value === undefined) {
      throw invalid(`The filter on '${name}' is undefined; leave the field out, or use null`)
    }
    return isPlainObject(value)
      ? this.#operators(field, value, negated)
      : this.#test(field, undefined, 'eq', value, negated)
  }

  #operators(field: FieldDefinition, operators: Record<string, unknown>, negated: boolean): Filter {
    const path = 'path' in operators ? acceptPath(field, operators.path) : undefined
    const names = Object.keys(operators).filter((name) => name !== 'path')
    if (names.length === 0) {
      throw invalid(`The filter on '${field.name}' has no operator; use { eq: … } or such`)
    }
    const terms = names.map((name) => this.#test(field, path, name, operators[name], negated))
    return join(terms, negated ? 'or' : 'and')
  }

  #test(
    field: FieldDefinition,
    path: Test['path'],
    name: string,
    operand: unknown,
    negated: boolean,
  ): Filter {
    this.#countTests(1)
    const use = Object.hasOwn(operatorUse, name) ? operatorUse[name as Operator] : undefined
    if (use === undefined) {
      throw new WherryError(
        'UnknownOperator',
        `There is no operator '${name}' (on '${field.name}'); use one of ${Object.keys(operatorUse).join(', ')}`,
        { fields: [field.name] },
      )
    }
    if (operand === undefined)
      throw invalid(`'${name}' on '${field.name}' is undefined; leave it out`)
    if (!permits(field, path, use) && !(operand === null && use === 'equal')) {
      throw unfit(field, path, name)
    }
    const operator = name as Operator
    switch (operator) {
      case 'isNull':
        if (typeof operand !== 'boolean') {
          throw invalid(`'isNull' on '${field.name}' takes true or false, ${got(operand)}`)
        }
        return this.#isNull(field, path, operand !== negated)
      case 'eq':
      case 'ne':
        return this.#equal(field, path, operand, negated !== (operator === 'ne'))
      case 'in':
      case 'notIn':
        return this.#in(
          field,
          path,
          acceptList(field, name, operand),
          negated !== (operator === 'notIn'),
        )
      case 'has':
        return this.#has(field, [operand], 'and', negated)
      case 'hasAll':
      case 'hasAny': {
        const items = acceptList(field, name, operand)
        return this.#has(field, items, operator === 'hasAll' ? 'and' : 'or', negated)
      }
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        // The empty text is in every text, which engines do not all find.
        if (operand === '' && path === undefined) return this.#present(field, path, negated)
        if (operand === '') return this.#leaf(field, path, 'startsWith', '', negated)
        return this.#leaf(field, path, operator, acceptAt(field, path, name, operand), negated)
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return this.#leaf(field, path, operator, acceptAt(field, path, name, operand), negated)
    }
  }

  #countTests(count: number): void {
    this.#tests += count
    if (this.#tests <= maxTests) return
    throw new WherryError(
      'QueryTooComplex',
      `The filter has more than ${maxTests} conditions; use 'in' for lists of values`,
    )
  }

  #equal(field: FieldDefinition, path: Test['path'], operand: unknown, negated: boolean): Filter {
    if (operand !== null) {
      return this.#leaf(field, path, 'eq', acceptAt(field, path, 'eq', operand), negated)
    }
    // In three-valued logic a comparison with null is unknown: a policy says isNull to ask.
    return this.#logic === 'two' ? this.#isNull(field, path, !negated) : none
  }

  #in(field: FieldDefinition, path: Test['path'], list: unknown[], negated: boolean): Filter {
    const operands = list.filter((item) => item !== null)
    const withNull = operands.length < list.length
    if (this.#logic === 'three' && (list.length === 0 || (withNull && negated))) return none
    const accepted = operands.map((item) => acceptAt(field, path, 'in', item))
    if (path !== undefined || field.kind === 'float') this.#countBoundValues(accepted.length)
    // Inside JSON a list may mix types, which no engine compares in one go.
    const lists = path === undefined ? [accepted] : groupByType(accepted)
    const terms = lists
      .filter((items) => items.length > 0)
      .map((items) =>
        items.length === 1
          ? this.#leaf(field, path, 'eq', items[0], negated)
          : this.#leaf(field, path, 'in', items, negated),
      )
    if (withNull && this.#logic === 'two') terms.push(this.#isNull(field, path, !negated))
    return join(terms, negated ? 'and' : 'or')
  }

  #countBoundValues(count: number): void {
    this.#boundValues += count
    if (this.#boundValues <= maxBoundValues) return
    throw new WherryError(
      'QueryTooComplex',
      `The lists of floats and of values inside JSON hold more than ${maxBoundValues} values; ask in parts`,
    )
  }

  #has(field: FieldDefinition, items: unknown[], kind: 'and' | 'or', negated: boolean): Filter {
    if (items.length === 0) {
      if (kind === 'and') return this.#present(field, undefined, negated)
      return negated && this.#logic === 'two' ? every : none
    }
    this.#countTests(items.length - 1)
    const element = { ...field, ...field.element!, nullable: false }
    const terms = items.map((item) => {
      if (item === null || item === undefined) {
        throw invalid(`'has' on '${field.name}' takes a value, got ${item}; arrays hold no null`)
      }
      return this.#leaf(field, undefined, 'has', acceptOperand(element, item), negated)
    })
    return join(terms, (kind === 'and') === negated ? 'or' : 'and')
  }

  /** "Holds any value at all", of which null is the complement; unknown for null in three values. */
  #present(field: FieldDefinition, path: Test['path'], negated: boolean): Filter {
    if (negated && this.#logic === 'three') return none
    return this.#isNull(field, path, negated)
  }

  #isNull(field: FieldDefinition, path: Test['path'], yes: boolean): Filter {
    if (!field.nullable && path === undefined) return yes ? none : every
    return make(field, path, 'null', undefined, !yes, yes)
  }

  #leaf(
    field: FieldDefinition,
    path: Test['path'],
    operator: TestOperator,
    operand: unknown,
    negated: boolean,
  ): Filter {
    const canBeNull = field.nullable || path !== undefined
    return make(
      field,
      path,
      operator,
      operand,
      negated,
      negated && canBeNull && this.#logic === 'two',
    )
  }
}

function make(
  field: FieldDefinition,
  path: Test['path'],
  operator: TestOperator,
  operand: unknown,
  negated: boolean,
  matchesNull: boolean,
): Test {
  return path === undefined
    ? { kind: 'test', field, operator, operand, negated, matchesNull }
    : { kind: 'test', field, path, operator, operand, negated, matchesNull }
}

function groupByType(values: unknown[]): unknown[][] {
  const types = new Set(values.map((value) => typeof value))
  return Array.from(types, (type) => values.filter((value) => typeof value === type))
}

/** Joins terms, without nesting what is alike, and decides what constants decide. */
export function join(terms: readonly Filter[], kind: 'and' | 'or'): Filter {
  if (terms.length === 1) return terms[0]!
  const [neutral, deciding] = kind === 'and' ? [every, none] : [none, every]
  const flat: Filter[] = []
  for (const term of terms) {
    if (term.kind === deciding.kind) return deciding
    if (term.kind === neutral.kind) continue
    if (term.kind === kind) for (const each of term.terms) flat.push(each)
    else flat.push(term)
  }
  if (flat.length <= 1) return flat[0] ?? neutral
  return { kind, terms: flat }
}
