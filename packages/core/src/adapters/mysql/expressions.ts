import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'
import type { Test } from '../../query/ast.ts'
import type { Slot } from '../sql/dialect.ts'

/** No table or column is named '0'. */
export const listName: RawBuilder<unknown> = sql.id('0')
export const element: RawBuilder<unknown> = sql.id('0', '0')

/** The elements of a JSON array as a table. */
export function elements(
  json: Expression<unknown>,
  type: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`json_table(${json}, '$[*]' columns (${listName} ${type} path '$')) as ${listName}`
}

export function textType(type: string, collation: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${sql.raw(type)} character set utf8mb4 collate ${collation}`
}

export function compare(
  value: Expression<unknown>,
  operator: Test['operator'],
  [slot, end]: readonly Slot[],
): RawBuilder<SqlBool> {
  switch (operator) {
    case 'eq':
      return sql`${value} = ${slot}`
    case 'gt':
      return sql`${value} > ${slot}`
    case 'gte':
      return sql`${value} >= ${slot}`
    case 'lt':
      return sql`${value} < ${slot}`
    case 'lte':
      return sql`${value} <= ${slot}`
    case 'contains':
      return sql`locate(${slot}, ${value}) > 0`
    case 'startsWith':
      return end === undefined
        ? sql`left(${value}, char_length(${slot})) = ${slot}`
        : sql`(${value} >= ${slot} and ${value} < ${end})`
    case 'endsWith':
      return sql`right(${value}, char_length(${slot})) = ${slot}`
    case 'in':
    case 'has':
    case 'null':
      throw new Error(`${operator} is no comparison with one value`)
  }
}
