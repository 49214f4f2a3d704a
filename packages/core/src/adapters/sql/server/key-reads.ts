import type { Filter, FindPlan } from '../../../query/ast.ts'

/**
 * Whether a plan reads one row by its key. Such reads are over at once, so they may follow each
 * other on one connection; anything slower would hold up those behind it.
 */
export function readsByKey({ filter, collection, forUpdate }: FindPlan): boolean {
  const terms: readonly Filter[] = filter.kind === 'and' ? filter.terms : [filter]
  const fixed = terms.flatMap((term) =>
    term.kind === 'test' && term.operator === 'eq' && !term.negated ? [term.field] : [],
  )
  return !forUpdate && collection.key.every((field) => fixed.includes(field))
}
