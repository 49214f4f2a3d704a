import { WherryError } from '../errors/wherry-error.ts'
import { planMark, type Plan } from '../query/ast.ts'

/** Refuses anything that the planner did not make; every adapter asks before it does anything. */
export function checkPlan(plan: Plan): void {
  if (planMark in plan) return
  throw new WherryError('Internal', 'An adapter takes plans only; call the data service instead')
}

/** An adapter holds one database for one service. */
export function alreadyConnected(name: string): WherryError {
  return new WherryError(
    'Unsupported',
    `This ${name} adapter is connected already; make another one for another data service`,
  )
}
