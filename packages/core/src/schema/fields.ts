import type { StandardSchemaV1 } from '@standard-schema/spec'
import { textFault } from '../lib/text.ts'
import type { FieldBuilders } from './builder-types.ts'
import { maxPrecision } from './decimal.ts'
import { maxIndexedLength } from './kinds.ts'
import { got } from '../lib/got.ts'
import { checkDatabaseName, checkSchemaOptions, invalidSchema } from './naming.ts'
import { fieldSpec, fieldSpecOf, type FieldSpec } from './spec.ts'

/** Every method makes a new builder, so a builder may be kept and shared. */
class FieldBuilder {
  // Declared only: a computed key would keep the class in bundles that do not use it.
  declare readonly [fieldSpec]: FieldSpec

  constructor(spec: FieldSpec) {
    this[fieldSpec] = Object.freeze(spec)
    Object.freeze(this)
  }

  nullable(): FieldBuilder {
    return this.#vary('nullable', { nullable: true })
  }

  default(value: unknown): FieldBuilder {
    if (value === undefined) {
      throw invalidSchema('.default(undefined) gives no value; use null, or leave .default() out')
    }
    const initial = typeof value === 'function' ? { make: value as () => unknown } : { value }
    return this.#vary('default', { initial })
  }

  check(schema: StandardSchemaV1): FieldBuilder {
    if (this[fieldSpec].check !== undefined) {
      throw invalidSchema(`${this[fieldSpec].source} already has a check; put both into one schema`)
    }
    return this.#vary('check', { check: acceptStandardSchema('.check', schema) })
  }

  column(name: string): FieldBuilder {
    checkDatabaseName('A column', name)
    return new FieldBuilder({ ...this[fieldSpec], column: name })
  }

  #vary(method: string, change: Partial<FieldSpec>): FieldBuilder {
    const { managed, source } = this[fieldSpec]
    if (managed !== undefined || source === 't.id()') {
      throw invalidSchema(
        `${source} takes no .${method}(): Wherry makes its values; use another kind of field`,
      )
    }
    return new FieldBuilder({ ...this[fieldSpec], ...change })
  }
}

/**
 * Makes the fields of a collection. Every field is required and not null until a method of it says
 * otherwise; absent values get the default, or null when there is none and the field is nullable.
 */
export const t: FieldBuilders = /* @__PURE__ */ Object.freeze({
  id: () => make({ kind: 'id' }),
  text: (options: { maxLength?: number } = {}) => {
    checkSchemaOptions('t.text()', options, ['maxLength'])
    const { maxLength } = options
    return maxLength === undefined
      ? make({ kind: 'text' })
      : make({ kind: 'text', maxLength: acceptLength(maxLength) })
  },
  int: () => make({ kind: 'int' }),
  bigint: () => make({ kind: 'bigint' }),
  float: () => make({ kind: 'float' }),
  decimal: (precision: number, scale: number) => {
    checkDecimal(precision, scale)
    return make({ kind: 'decimal', precision, scale })
  },
  boolean: () => make({ kind: 'boolean' }),
  timestamp: () => make({ kind: 'timestamp' }),
  date: () => make({ kind: 'date' }),
  bytes: () => make({ kind: 'bytes' }),
  enum: (values: unknown) => {
    if (!Array.isArray(values)) throw invalidSchema(`t.enum() takes an array, ${got(values)}`)
    return make({ kind: 'enum', values: acceptEnumValues(values) })
  },
  json: (schema?: StandardSchemaV1) =>
    schema === undefined
      ? make({ kind: 'json' })
      : make({ kind: 'json', check: acceptStandardSchema('t.json', schema) }),
  array: (element: unknown) => make({ kind: 'array', element: acceptElement(element) }),
  ref: (collection: string) => {
    if (typeof collection !== 'string') {
      throw invalidSchema(`t.ref() takes the name of a collection, ${got(collection)}`)
    }
    return make({ kind: 'id', source: 't.ref()', ref: collection })
  },
  createdAt: () => make({ kind: 'timestamp', source: 't.createdAt()', managed: 'createdAt' }),
  updatedAt: () => make({ kind: 'timestamp', source: 't.updatedAt()', managed: 'updatedAt' }),
  version: () => make({ kind: 'int', source: 't.version()', managed: 'version' }),
}) as unknown as FieldBuilders // The types say more than the values hold; see builder-types.ts.

/** `source` is what makes the field, where that has not the name of the kind. */
function make(spec: Omit<FieldSpec, 'nullable' | 'source'> & { source?: string }): FieldBuilder {
  return new FieldBuilder({ source: `t.${spec.kind}()`, ...spec, nullable: false })
}

function acceptLength(maxLength: number): number {
  if (Number.isSafeInteger(maxLength) && maxLength >= 1) return maxLength
  throw invalidSchema(
    `The maxLength of t.text() is a whole number of 1 or more characters, ${got(maxLength)}`,
  )
}

function checkDecimal(precision: number, scale: number): void {
  if (!Number.isInteger(precision) || precision < 1 || precision > maxPrecision) {
    throw invalidSchema(
      `t.decimal(precision, scale) has a precision of 1 to ${maxPrecision} digits, ` +
        `${got(precision)}; for more digits use t.text()`,
    )
  }
  if (!Number.isInteger(scale) || scale < 0 || scale > precision) {
    throw invalidSchema(
      `The scale of t.decimal(${precision}, scale) is a whole number of 0 to ${precision}, ${got(scale)}`,
    )
  }
}

function acceptEnumValues(given: readonly unknown[]): readonly string[] {
  const values = Array.from(given, acceptEnumValue)
  if (values.length === 0) {
    throw invalidSchema("t.enum() takes an array of at least one value, such as ['on', 'off']")
  }
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw invalidSchema(`t.enum() has '${twice}' twice; remove one`)
  return Object.freeze(values)
}

function acceptEnumValue(value: unknown): string {
  if (typeof value !== 'string') throw invalidSchema(`A t.enum() value is a text, ${got(value)}`)
  const fault = textFault(value)
  if (fault !== undefined) throw invalidSchema(`A t.enum() value cannot be stored: ${fault}`)
  if (value.length <= maxIndexedLength) return value
  throw invalidSchema(`A t.enum() value has at most ${maxIndexedLength} characters, ${got(value)}`)
}

function acceptElement(element: unknown): FieldSpec {
  const spec = fieldSpecOf(element)
  if (spec === undefined) {
    throw invalidSchema(`t.array() takes a field such as t.array(t.text()), ${got(element)}`)
  }
  if (spec.kind === 'array' || spec.kind === 'json') {
    throw invalidSchema(`t.array() holds scalars, not ${spec.kind}; use t.json() for nested values`)
  }
  if (spec.kind === 'id') {
    throw invalidSchema(
      `No database keeps an array of ${spec.source} true; make a collection that joins the two, ` +
        'or use t.array(t.text({ maxLength: 191 }))',
    )
  }
  const { nullable, initial, check, column, managed } = spec
  if (nullable || [initial, check, column, managed].some((part) => part !== undefined)) {
    throw invalidSchema(
      'The element of t.array() is a plain kind: put .nullable(), .default(), .check() and ' +
        '.column() on the array itself',
    )
  }
  return spec
}

function acceptStandardSchema(where: string, schema: StandardSchemaV1): StandardSchemaV1 {
  // Some libraries make their schemas functions, so only what is called is looked at.
  const standard: unknown = (schema as Partial<StandardSchemaV1> | null)?.['~standard']
  if (typeof (standard as { validate?: unknown } | undefined)?.validate === 'function')
    return schema
  throw invalidSchema(
    `${where}() takes a Standard Schema (of zod, valibot, arktype…), ${got(schema)}`,
  )
}
