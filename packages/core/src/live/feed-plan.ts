import { got } from '../lib/got.ts'
import type { Filter } from '../query/ast.ts'
import { normalForm } from '../query/normal-form.ts'
import { planLive } from '../query/plan-find.ts'
import { checkKeys, invalid } from '../query/shape.ts'
import type { CollectionDefinition } from '../schema/definition.ts'
import type { ChangeType } from './feed-event.ts'

/** Which changes a feed is of. */
export interface FeedPlan {
  readonly collection: CollectionDefinition
  readonly filter: Filter
  readonly types: ReadonlySet<ChangeType>
  /** The same for all who ask the same. */
  readonly form: string
}

const changeTypes: readonly ChangeType[] = ['created', 'updated', 'deleted']

const queryKeys: ReadonlySet<string> = new Set(['where', 'types'])

/** Reads `{ where, types }`. Throws what is wrong with it. */
export function planFeed(collection: CollectionDefinition, query: unknown): FeedPlan {
  checkKeys('A query of changes', query, queryKeys)
  const { where, types = changeTypes } = query as { where?: unknown; types?: unknown }
  const isList = Array.isArray(types) && types.every((type) => changeTypes.includes(type as never))
  if (!isList) throw invalid(`'types' is a list of ${changeTypes.join(', ')}, ${got(types)}`)
  const plan = planLive(collection, where === undefined ? {} : { where })
  const chosen = changeTypes.filter((type) => types.includes(type))
  return {
    collection,
    filter: plan.filter,
    types: new Set(chosen),
    form: `${chosen.join()} ${normalForm(plan)}`,
  }
}
