import type { Assignment, Filter, Plan, Test } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import type { Dialect } from './dialect.ts'

/**
 * A plan split in two: what decides its statement, as a text to look it up by, and the values to
 * bind. Plans of one shape share a prepared statement and a row mapper.
 */
export interface Shape {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Must name everything that `compile.ts` looks at, and list values in the order it takes slots. */
export function shapeOf(dialect: Dialect, plan: Plan): Shape {
  const values: unknown[] = []
  const head = `${plan.kind} ${plan.collection.name} `
  switch (plan.kind) {
    case 'find': {
      let text = head + addFilter(dialect, plan.filter, values)
      if (plan.fields !== plan.collection.fieldList) {
        for (const { name } of plan.fields) text += `,${name}`
      }
      for (const { field, descending } of plan.order)
        text += `${descending ? '-' : '+'}${field.name}`
      if (plan.after !== undefined) {
        text += ' after '
        plan.after.forEach((value, index) => {
          text += value === null ? 'n' : 'v'
          if (value !== null) values.push(dialect.encode(plan.order[index]!.field, value))
        })
      }
      if (plan.limitPer !== undefined) {
        text += ` per ${plan.limitPer.field.name}`
        values.push(plan.limitPer.limit)
      }
      if (plan.limit !== undefined || plan.offset > 0) {
        text += ' limit'
        values.push(plan.limit ?? dialect.noLimit)
      }
      if (plan.offset > 0) {
        text += ' offset'
        values.push(plan.offset)
      }
      if (plan.forUpdate) text += plan.skipLocked ? ' lock free' : ' lock'
      return { text, values }
    }
    case 'aggregate': {
      let text = head + addFilter(dialect, plan.filter, values)
      for (const { name } of plan.groupBy) text += `,${name}`
      for (const measure of plan.measures) {
        text += ` ${measure.name}:${measure.function}:${measure.field?.name ?? ''}`
      }
      return { text, values }
    }
    case 'insert':
      // One statement for a row; the executor binds each row in turn.
      return { text: head, values }
    case 'upsert': {
      addRow(dialect, plan.collection, plan.row, values)
      const on = plan.on.map(({ name }) => name).join()
      return { text: `${head}${on}${addChanges(dialect, plan.set, values)}`, values }
    }
    case 'update': {
      const changes = addChanges(dialect, plan.set, values)
      const filter = addFilter(dialect, plan.filter, values)
      return { text: `${head}${plan.returning ? 'r' : ''}${changes} ${filter}`, values }
    }
    case 'delete':
      return { text: head + addFilter(dialect, plan.filter, values), values }
  }
}

function addRow(
  dialect: Dialect,
  collection: CollectionDefinition,
  row: Row,
  values: unknown[],
): unknown[] {
  for (const field of collection.fieldList) values.push(dialect.encode(field, row[field.name]))
  return values
}

function addChanges(dialect: Dialect, set: readonly Assignment[], values: unknown[]): string {
  let text = ''
  for (const { field, operation, value } of set) {
    text += `${operation === 'set' ? '=' : '+'}${field.name}`
    values.push(dialect.encode(field, value))
  }
  return text
}

function addFilter(dialect: Dialect, filter: Filter, values: unknown[]): string {
  switch (filter.kind) {
    case 'every':
      return '*'
    case 'none':
      return '!'
    case 'and':
    case 'or': {
      let text = filter.kind === 'and' ? '&(' : '|('
      for (const term of filter.terms) text += addFilter(dialect, term, values)
      return `${text})`
    }
    case 'test': {
      const { field, operator, negated, matchesNull } = filter
      const operands = dialect.operands(filter)
      for (const operand of operands) values.push(operand)
      const flags = negated ? (matchesNull ? '~n' : '~') : ''
      return `${field.name} ${operator}${jsonType(filter)}${flags}${operands.length};`
    }
  }
}

/** Inside JSON the statement depends on the operand's type; '' elsewhere. */
export function jsonType({ path, operator, operand }: Test): string {
  if (path === undefined) return ''
  return typeof (operator === 'in' ? (operand as unknown[])[0] : operand)
}
