import { canonicalJson, type Json } from '../lib/json.ts'
import { compareText } from '../lib/text.ts'
import { encodeValue } from '../schema/codec.ts'
import { kinds } from '../schema/kinds.ts'
import type { AggregatePlan, Filter, FindPlan, OrderTerm, Test } from './ast.ts'
import type { PlannedAggregate } from './plan-aggregate.ts'

/**
 * A text that two plans share when they ask the same in other words: terms in any order or repeated,
 * `ne` or `NOT`, lists shuffled. What people ask alike is answered once by it. It does not reason.
 */
export function normalForm(plan: FindPlan | AggregatePlan | PlannedAggregate): string {
  if ('finish' in plan) {
    const { having, order, offset, limit = null } = plan
    const groups = { having: formOf(having).text, order: orderForm(order), offset, limit }
    return normalForm(plan.plan) + canonicalJson(groups)
  }
  if (plan.kind === 'find') return canonicalJson(findForm(plan))
  return canonicalJson({
    collection: plan.collection.name,
    filter: formOf(plan.filter).text,
    groupBy: sorted(plan.groupBy.map(({ name }) => name)),
    measures: Object.fromEntries(
      plan.measures.map(({ name, function: of, field }) => [name, [of, field?.name ?? null]]),
    ),
  })
}

function findForm(plan: FindPlan): Json {
  return {
    collection: plan.collection.name,
    filter: formOf(plan.filter).text,
    fields: plan.fields.map(({ name }) => name),
    order: orderForm(plan.order),
    limit: plan.limit ?? null,
    offset: plan.offset,
    after: plan.after?.map((value, index) => encodeValue(plan.order[index]!.field, value)) ?? null,
    include: plan.includes.map((one) => [one.relation.name, findForm(one.plan)]),
  }
}

function orderForm(order: readonly OrderTerm[]): Json {
  return order.map(({ field, descending }) => [field.name, descending])
}

interface Form {
  readonly kind: Filter['kind']
  readonly text: string
  /** What a form of the same kind around this one takes in. */
  readonly terms: readonly Form[]
}

function formOf(filter: Filter): Form {
  const { kind } = filter
  if (kind === 'test') return { kind, text: testForm(filter), terms: [] }
  if (kind === 'every' || kind === 'none') return { kind, text: kind, terms: [] }
  const flat = filter.terms
    .map(formOf)
    .flatMap((form) => (form.kind === kind ? form.terms : [form]))
  // Repeated terms are said once; what then stands alone needs no AND or OR around it.
  const terms = Array.from(new Map(flat.map((form) => [form.text, form])).values())
  if (terms.length === 1) return terms[0]!
  return { kind, text: `${kind}(${sorted(terms.map(({ text }) => text)).join()})`, terms }
}

function testForm({ field, path, operator, operand, negated, matchesNull }: Test): string {
  const encode = (value: unknown): string => {
    if (path !== undefined || value === undefined) return canonicalJson((value ?? null) as Json)
    const type = operator === 'has' ? field.element! : field
    return canonicalJson(kinds[type.kind].encode(value as never, type))
  }
  const place = canonicalJson([field.name, (path as Json[]) ?? null, negated, matchesNull])
  if (operator !== 'in') return `${operator}${place}${encode(operand)}`
  const list = sorted(new Set((operand as unknown[]).map(encode)))
  return list.length === 1 ? `eq${place}${list[0]}` : `in${place}[${list.join()}]`
}

function sorted(texts: Iterable<string>): string[] {
  return Array.from(texts).sort(compareText)
}
