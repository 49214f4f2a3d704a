import { AggregateView } from './aggregate-view.ts'
import { IncludingView } from './including-view.ts'
import type { LivePlan, View, ViewSite } from './view.ts'
import { Window } from './window.ts'

/** Makes the view of a query; the index of the site knows it as `self`. */
export function createView<T>(plan: LivePlan, site: ViewSite<T>, self: T): View {
  if ('finish' in plan) return new AggregateView(plan, site, self)
  return plan.includes.length > 0
    ? new IncludingView(plan, site, self)
    : new Window(plan, site, self)
}
