import type { AggregatePlan, Plan } from '../../query/ast.ts'
import type { FieldDefinition, Row } from '../../schema/definition.ts'
import type { Dialect } from './dialect.ts'
import { createGroupMapper, type RowMapper } from './groups.ts'

/** How an engine's driver gives and takes values, as source text for functions that are generated. */
export interface RowCode {
  /**
   * The expression that makes what the driver takes of `value`, an expression that is not null.
   * Source may call `codec`, and reach the field as `fields[index]`.
   */
  encode(field: FieldDefinition, value: string, index: number): string
  /** The reverse: of what the driver gives. */
  decode(field: FieldDefinition, column: string, index: number): string
  readonly codec: object
}

/**
 * A function that makes a row of the columns that `fields` were read into. It is generated, because
 * one object literal with all keys is several times faster than assigning them in a loop. Names
 * enter it only as JSON texts, and come from the schema, which refuses `__proto__`.
 */
function createRowMapper(code: RowCode, fields: readonly FieldDefinition[]): RowMapper {
  const entries = fields.map((field, index) => {
    const column = `c[${index}]`
    const value = unlessNull(field, column, code.decode(field, column, index))
    return `${JSON.stringify(field.name)}: ${value}`
  })
  return generate(code, `(c) => ({ ${entries.join(', ')} })`, fields) as RowMapper
}

export type RowBinder = (row: Row) => unknown[]

/** The reverse: a function that makes a row's columns as the driver binds them. */
export function createRowBinder(code: RowCode, fields: readonly FieldDefinition[]): RowBinder {
  const columns = fields.map((field, index) => {
    const value = `r[${JSON.stringify(field.name)}]`
    return unlessNull(field, value, code.encode(field, value, index))
  })
  return generate(code, `(r) => [${columns.join(', ')}]`, fields) as RowBinder
}

function generate(code: RowCode, source: string, fields: readonly FieldDefinition[]): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- see above
  const create = new Function('fields', 'codec', `'use strict'; return ${source}`) as (
    fields: readonly FieldDefinition[],
    codec: object,
  ) => unknown
  return create(fields, code.codec)
}

function unlessNull({ nullable }: FieldDefinition, value: string, coded: string): string {
  return nullable && coded !== value ? `${value} === null ? null : ${coded}` : coded
}

/** What makes rows of the columns that a plan's statement returns; undefined where it returns none. */
export function createMapper(dialect: Dialect, plan: Plan): RowMapper | undefined {
  const { rowCode } = dialect
  switch (plan.kind) {
    case 'find':
      return createRowMapper(rowCode, plan.fields)
    case 'aggregate':
      return createAggregateMapper(dialect, plan)
    case 'upsert':
      return createRowMapper(rowCode, plan.collection.fieldList)
    case 'update':
      return plan.returning ? createRowMapper(rowCode, plan.collection.fieldList) : undefined
    case 'insert':
    case 'delete':
      return undefined
  }
}

function createAggregateMapper(dialect: Dialect, plan: AggregatePlan): RowMapper {
  return createGroupMapper(dialect, plan, (fields) => createRowMapper(dialect.rowCode, fields))
}

export function mapRows(rows: unknown[], mapRow: RowMapper): Row[] {
  for (let i = 0; i < rows.length; i++) rows[i] = mapRow(rows[i] as unknown[])
  return rows as Row[]
}
