import { planMark, type Filter, type FindPlan, type Test } from '../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'

/** Whole rows, in any order; locked, where wanted, until the transaction ends. */
export function findBy(
  collection: CollectionDefinition,
  filter: Filter,
  forUpdate: boolean,
): FindPlan {
  return {
    [planMark]: true,
    kind: 'find',
    collection,
    filter,
    fields: collection.fieldList,
    order: [],
    limit: undefined,
    offset: 0,
    after: undefined,
    limitPer: undefined,
    forUpdate,
    includes: [],
  }
}

/** Rows that have the same values as this one. */
export function whereEqual(fields: readonly FieldDefinition[], row: Row): Filter {
  const terms = fields.map((field) => test(field, 'eq', row[field.name]))
  return terms.length === 1 ? terms[0]! : { kind: 'and', terms }
}

/** These very rows, by their keys. */
export function whereKeys({ key }: CollectionDefinition, rows: readonly Row[]): Filter {
  const [only, ...others] = key
  if (others.length > 0) return { kind: 'or', terms: rows.map((row) => whereEqual(key, row)) }
  return test(
    only!,
    'in',
    rows.map((row) => row[only!.name]),
  )
}

function test(field: FieldDefinition, operator: 'eq' | 'in', operand: unknown): Test {
  return { kind: 'test', field, operator, operand, negated: false, matchesNull: false }
}
