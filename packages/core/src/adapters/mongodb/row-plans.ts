import { planMark, type Filter, type FindPlan } from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'

/** Whole rows, in the order of their keys. */
export function findBy(
  collection: CollectionDefinition,
  filter: Filter,
  limit: number | undefined,
): FindPlan {
  return {
    [planMark]: true,
    kind: 'find',
    collection,
    filter,
    fields: collection.fieldList,
    order: collection.key.map((field) => ({ field, descending: false })),
    limit,
    offset: 0,
    after: undefined,
    limitPer: undefined,
    forUpdate: false,
    includes: [],
  }
}

/** Rows that have the same values as this one. */
export function whereEqual(fields: Iterable<FieldDefinition>, row: Row): Filter {
  const terms = Array.from(fields, (field): Filter => {
    const operand = row[field.name]
    return { kind: 'test', field, operator: 'eq', operand, negated: false, matchesNull: false }
  })
  return terms.length === 1 ? terms[0]! : { kind: 'and', terms }
}
