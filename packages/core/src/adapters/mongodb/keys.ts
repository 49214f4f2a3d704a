import type { Filter, WritePlan } from '../../query/ast.ts'
import { identityOf } from '../../query/evaluate.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'

/** The key that a filter asks for, perhaps among other things; undefined where it does not. */
export function pinnedKey({ key }: CollectionDefinition, filter: Filter): Row | undefined {
  const pinned: Row = {}
  for (const term of filter.kind === 'and' ? filter.terms : [filter]) {
    if (term.kind !== 'test' || term.operator !== 'eq' || term.negated) continue
    if (key.includes(term.field)) pinned[term.field.name] = term.operand
  }
  return key.every(({ name }) => name in pinned) ? pinned : undefined
}

/** A name for the one row that a plan may change; undefined where it may be any, or several. */
export function rowOf(plan: WritePlan): string | undefined {
  const { collection } = plan
  const key = keyOf(plan)
  return key && `${collection.name} ${identityOf(collection.key, key)}`
}

function keyOf(plan: WritePlan): Row | undefined {
  switch (plan.kind) {
    case 'insert':
      return plan.rows.length === 1 ? plan.rows[0] : undefined
    case 'upsert':
      return plan.on === plan.collection.key ? plan.row : undefined
    default:
      return pinnedKey(plan.collection, plan.filter)
  }
}
