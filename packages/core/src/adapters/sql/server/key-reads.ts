import type { Filter, FindPlan } from '../../../query/ast.ts'
import type { FieldDefinition } from '../../../schema/definition.ts'

/**
 * Whether a plan reads one row by its key. Such reads are over at once, so they may follow each
 * other on one connection; anything slower would hold up those behind it.
 */
export function readsByKey({ filter, collection, forUpdate }: FindPlan): boolean {
  return !forUpdate && collection.key.every((field) => fixes(filter, field))
}

/** By loops, not by lists: this is asked before each read. */
function fixes(filter: Filter, field: FieldDefinition): boolean {
  if (filter.kind === 'and') return filter.terms.some((term) => fixes(term, field))
  return (
    filter.kind === 'test' && filter.field === field && filter.operator === 'eq' && !filter.negated
  )
}
