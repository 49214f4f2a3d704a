import { canonicalJson, type Json } from '../lib/json.ts'
import type { FieldDefinition } from '../schema/definition.ts'
import { encodeValue } from '../schema/codec.ts'
import { kinds } from '../schema/kinds.ts'
import type { AggregatePlan, Filter, FindPlan, Test } from './ast.ts'

/**
 * A text that two plans share when they ask the same, however it was written: terms in any order
 * or repeated, `ne` or `NOT`, lists shuffled. What people ask alike is answered once by it.
 */
export function normalForm(plan: FindPlan | AggregatePlan): string {
  const head = { collection: plan.collection.name, filter: filterForm(plan.filter) }
  if (plan.kind === 'aggregate') {
    return canonicalJson({
      ...head,
      groupBy: plan.groupBy.map(({ name }) => name).sort(),
      measures: plan.measures
        .map(({ name, function: kind, field }) => [name, kind, field?.name ?? null])
        .sort(),
    })
  }
  return canonicalJson({
    ...head,
    fields: plan.fields.map(({ name }) => name),
    order: plan.order.map(({ field, descending }) => [field.name, descending]),
    limit: plan.limit ?? null,
    offset: plan.offset,
    after: plan.after?.map((value, index) => encodeValue(plan.order[index]!.field, value)) ?? null,
  })
}

function filterForm(filter: Filter): Json {
  switch (filter.kind) {
    case 'every':
    case 'none':
      return filter.kind
    case 'and':
    case 'or': {
      const texts = new Set(filter.terms.map((term) => canonicalJson(filterForm(term))))
      const terms = Array.from(texts)
        .sort()
        .map((text): Json => JSON.parse(text))
      return terms.length === 1 ? terms[0]! : [filter.kind, ...terms]
    }
    case 'test':
      return testForm(filter)
  }
}

function testForm(test: Test): Json {
  const { field, path, operator, operand, negated, matchesNull } = test
  const encode = (value: unknown): Json =>
    path === undefined ? encodeOperand(field, operator, value) : (value as Json)
  const list = operator === 'in' ? distinct((operand as unknown[]).map(encode)) : []
  const place: Json = [field.name, (path as Json[] | undefined) ?? null, negated, matchesNull]
  if (operator !== 'in') return [...place, operator, encode(operand ?? null)]
  return list.length === 1 ? [...place, 'eq', list[0]!] : [...place, 'in', list]
}

function encodeOperand(field: FieldDefinition, operator: Test['operator'], value: unknown): Json {
  if (value === null) return null
  if (operator !== 'has') return encodeValue(field, value)
  return kinds[field.element!.kind].encode(value as never, field.element!)
}

function distinct(list: Json[]): Json[] {
  const texts = new Set(list.map(canonicalJson))
  return Array.from(texts)
    .sort()
    .map((text): Json => JSON.parse(text))
}
