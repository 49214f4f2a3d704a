import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Test } from '../../query/ast.ts'
import type { Slot } from '../sql/dialect.ts'
import { jsonType } from '../sql/shape.ts'
import { compare, element, elements, textType } from './expressions.ts'

/** Tests of a place inside a JSON column. */

/**
 * What is spelled otherwise, the place, the places that must hold an array for it, and one operand;
 * `null` has none.
 */
export function jsonOperands({ path, operator, operand }: Test): readonly unknown[] {
  const hasMinus = path!.some((step) => String(step).startsWith('-'))
  const places = [hasMinus ? '"-' : '', placeOf(path!), ...arraysOf(path!)]
  switch (operator) {
    case 'null':
      return places
    case 'in':
      return [...places, JSON.stringify(operand)]
    default:
      return [...places, typeof operand === 'boolean' ? String(operand) : operand]
  }
}

type Path = NonNullable<Test['path']>

function placeOf(path: Path): string {
  const steps = path.map((step) =>
    typeof step === 'number'
      ? `[${Math.min(step, maxPosition)}]`
      : `.${JSON.stringify(step).replace('"-', `"${minus}`)}`,
  )
  return `$${steps.join('')}`
}

/** MariaDB finds no key that begins with a minus; spelled so in path and document, it does. */
const minus = '\\u002d'

/** Beyond it positions begin anew. No array is that long. */
const maxPosition = 2 ** 31 - 1

/** To these engines the first element of what is no array is the thing itself, as often as one asks. */
function arraysOf(path: Path): string[] {
  return path.flatMap((step, index) => (step === 0 ? [placeOf(path.slice(0, index))] : []))
}

function split(test: Test, slots: readonly Slot[]) {
  const count = 2 + arraysOf(test.path!).length
  return { places: slots.slice(0, count), operand: slots[count]! }
}

function extract(column: RawBuilder<unknown>, [respelled, place, ...arrays]: readonly Slot[]) {
  const json = sql`replace(${column}, ${respelled}, ${sql.lit(`"${minus}`)})`
  const value = sql`json_extract(${json}, ${place})`
  if (arrays.length === 0) return value
  const areArrays = arrays.map((array) => sql`json_type(json_extract(${json}, ${array})) = 'ARRAY'`)
  return sql`case when ${sql.join(areArrays, sql` and `)} then ${value} end`
}

export function placeIsNull(
  column: RawBuilder<unknown>,
  test: Test,
  slots: readonly Slot[],
): RawBuilder<SqlBool> {
  const value = extract(column, split(test, slots).places)
  return sql`coalesce(json_type(${value}), 'NULL') = 'NULL'`
}

export function jsonTest(
  collation: RawBuilder<unknown>,
  column: RawBuilder<unknown>,
  test: Test,
  slots: readonly Slot[],
): RawBuilder<SqlBool> {
  const { places, operand } = split(test, slots)
  const json = extract(column, places)
  const text = sql`json_unquote(${json})`
  const holds = (value: RawBuilder<unknown>, type: RawBuilder<unknown>) =>
    test.operator === 'in'
      ? sql<SqlBool>`${value} in (select ${element} from ${elements(operand, type)})`
      : compare(value, test.operator, [operand])
  switch (jsonType(test)) {
    case 'boolean':
      return sql`(json_type(${json}) = 'BOOLEAN' and ${holds(text, sql`varchar(5)`)})`
    case 'number': {
      // A text that is no number must not be cast: in an UPDATE or a DELETE that is an error.
      const type = sql`json_type(${json}) in ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER')`
      const number = sql`cast(case when ${type} then ${text} end as double)`
      return sql`(${type} and ${holds(number, sql`double`)})`
    }
    default: {
      const value = sql`${text} collate ${collation}`
      return sql`(json_type(${json}) = 'STRING' and ${holds(value, textType('longtext', collation))})`
    }
  }
}
