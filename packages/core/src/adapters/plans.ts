import { WherryError } from '../errors/index.ts'
import { planMark, type Plan } from '../query/ast.ts'

/** Refuses anything that the planner did not make; every adapter asks before it does anything. */
export function checkPlan(plan: Plan): void {
  if (planMark in plan) return
  throw new WherryError('Internal', 'An adapter takes plans only; call the data service instead')
}
