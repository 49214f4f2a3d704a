import type { FindPlan } from '../query/ast.ts'
import type { LiveExplanation } from './live-event.ts'
import { explainFilter } from './predicate-index.ts'
import type { LivePlan } from './view.ts'

/** What a query would cost the writes to its collection, if it were live. */
export function explainLive(plan: LivePlan): LiveExplanation {
  if ('finish' in plan) {
    const { filter, groupBy, measures } = plan.plan
    const isCount = groupBy.length === 0 && measures.every(({ field }) => field === undefined)
    return { ...explainFilter(filter), asksAgain: isCount ? 'never' : 'when touched' }
  }
  return { ...explainFilter(plan.filter), asksAgain: asksAgain(plan) }
}

function asksAgain({ includes, limit }: FindPlan): LiveExplanation['asksAgain'] {
  if (includes.length > 0) return 'when touched'
  return limit === undefined ? 'never' : 'to refill'
}
