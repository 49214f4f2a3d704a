import { textAfterPrefix } from '../../lib/text.ts'
import type { Filter, FindPlan, OrderTerm, Test } from '../../query/ast.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { pathOf, type DocumentCode } from './documents.ts'
import type { Document } from './driver.ts'

/** A filter as the server is given it. */
export interface ServerFilter {
  readonly filter: Document
  /**
   * Whether it lets through what the plan's filter does and nothing else. One that is not exact lets
   * through more, and the evaluator has to match again what comes.
   */
  readonly isExact: boolean
}

const everything: ServerFilter = { filter: {}, isExact: true }
/** What the server cannot say at all. */
const anything: ServerFilter = { filter: {}, isExact: false }
const nothing: ServerFilter = { filter: { _id: { $in: [] } }, isExact: true }

/** Field names come from the schema; values stand under operators, so that none is taken for one. */
export function compileFilter(
  code: DocumentCode,
  collection: CollectionDefinition,
  filter: Filter,
): ServerFilter {
  switch (filter.kind) {
    case 'every':
      return everything
    case 'none':
      return nothing
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => compileFilter(code, collection, term))
      const isExact = terms.every((term) => term.isExact)
      const filters = terms.map((term) => term.filter)
      return { filter: filter.kind === 'and' ? both(filters) : { $or: filters }, isExact }
    }
    case 'test':
      return filter.path === undefined
        ? compileTest(code, collection, filter)
        : compileJsonTest(collection, filter, filter.path)
  }
}

/** All of them, as one document where no two say something of the same path. */
export function both(filters: readonly Document[]): Document {
  const paths = filters.flatMap((filter) => Object.keys(filter))
  if (new Set(paths).size === paths.length) return Object.assign({}, ...filters) as Document
  return { $and: filters.filter((filter) => Object.keys(filter).length > 0) }
}

function compileTest(
  code: DocumentCode,
  collection: CollectionDefinition,
  test: Test,
): ServerFilter {
  const { field, operator, negated, matchesNull } = test
  const path = pathOf(collection, field)
  if (operator === 'null') {
    // A list that holds null is taken for null itself.
    const isExact = field.kind !== 'json'
    return {
      filter: {
        [path]: negated ? { $exists: true, ...(isExact && { $ne: null }) } : { $eq: null },
      },
      isExact,
    }
  }
  // Absent fields are no different from null to all of these.
  const value = encoded(code, test)
  // A text can be no operator, and FerretDB looks up only keys that stand bare.
  if (operator === 'eq' && !negated && typeof value === 'string') {
    return { filter: { [path]: value }, isExact: true }
  }
  const condition = conditionOf(test, value)
  if (condition === undefined) return anything
  if (!negated) return { filter: { [path]: condition }, isExact: true }
  const exceptNull = !matchesNull && field.nullable ? { $ne: null } : {}
  return { filter: { [path]: { $not: condition, ...exceptNull } }, isExact: true }
}

function encoded(code: DocumentCode, { field, operator, operand }: Test): unknown {
  if (operator === 'in') return (operand as unknown[]).map((item) => code.encode(field, item))
  return code.encode(operator === 'has' ? field.element! : field, operand)
}

/**
 * Paths of the server go through arrays by themselves and take '0' for a place and for a key, so
 * that more may match than the evaluator lets through: never less, as long as nothing is negated.
 */
function compileJsonTest(
  collection: CollectionDefinition,
  test: Test,
  path: readonly (string | number)[],
): ServerFilter {
  if (!path.every(isSayable)) return anything
  const at = [pathOf(collection, test.field), ...path].join('.')
  if (test.operator === 'null') {
    return test.negated ? { filter: { [at]: { $exists: true } }, isExact: false } : anything
  }
  const condition = test.negated ? undefined : conditionOf(test, test.operand)
  return condition === undefined ? anything : { filter: { [at]: condition }, isExact: false }
}

/** Whether a path of the server may have this step: FerretDB takes none with white space around it. */
function isSayable(step: string | number): boolean {
  return typeof step === 'number' || (/^[^.$][^.]*$/.test(step) && step === step.trim())
}

/** The longest pattern that the server takes, in bytes, of which a character has at most four. */
const maxPattern = 32_764 / 4

/** What is true of a value that is not null; undefined where the server cannot say it. */
function conditionOf({ operator }: Test, operand: unknown): Document | undefined {
  switch (operator) {
    // A field that holds an array is compared by its elements.
    case 'has':
    case 'eq':
      return { $eq: operand }
    case 'in':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { [`$${operator}`]: operand }
    case 'startsWith': {
      const end = textAfterPrefix(operand as string)
      return { $gte: operand, ...(end !== undefined && { $lt: end }) }
    }
    case 'contains':
      return matching(escaped(operand as string))
    case 'endsWith':
      return matching(`${escaped(operand as string)}\\z`)
    default:
      throw new Error(`no such operator: ${operator}`)
  }
}

function matching(pattern: string): Document | undefined {
  return pattern.length > maxPattern ? undefined : { $regex: pattern }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Rows behind a cursor: those that follow in the first term, or are equal in it and follow in the next. */
export function compileAfter(code: DocumentCode, { collection, order, after }: FindPlan): Document {
  if (after === undefined) return {}
  const branches = order.map((term, index) =>
    both([
      ...order.slice(0, index).map(({ field }, at) => ({
        [pathOf(collection, field)]: { $eq: encodeNullable(code, order[at]!, after[at]) },
      })),
      beyond(pathOf(collection, term.field), term, encodeNullable(code, term, after[index])),
    ]),
  )
  return branches.length === 1 ? branches[0]! : { $or: branches }
}

function encodeNullable(code: DocumentCode, { field }: OrderTerm, value: unknown): unknown {
  return value === null ? null : code.encode(field, value)
}

/** Null comes first, or last where the order descends. */
function beyond(path: string, { field, descending }: OrderTerm, value: unknown): Document {
  if (value === null) return descending ? nothing.filter : { [path]: { $ne: null } }
  if (!descending) return { [path]: { $gt: value } }
  const smaller = { [path]: { $lt: value } }
  return field.nullable ? { $or: [smaller, { [path]: { $eq: null } }] } : smaller
}
