import { isPlainObject } from '../../lib/json.ts'
import type { Kind, ValueType } from '../../schema/definition.ts'

/** What the server calls the types that values of a kind may be stored as; absent: any of JSON. */
const storedTypes: { readonly [K in Kind]?: readonly string[] } = {
  id: ['string'],
  text: ['string'],
  enum: ['string'],
  date: ['string'],
  int: ['int', 'long'],
  // The shorter ones are other programs'.
  bigint: ['long', 'int'],
  decimal: ['long', 'int'],
  float: ['double', 'int'],
  boolean: ['bool'],
  timestamp: ['date'],
  bytes: ['binData'],
  array: ['array'],
}

export function typesOf({ kind }: ValueType): readonly string[] | undefined {
  return storedTypes[kind]
}

/** Whether a field that may be of these types, and no others, takes the values of a kind. */
export function takesKind({ kind }: ValueType, types: readonly string[]): boolean {
  const stored = storedTypes[kind] ?? ['object', 'array']
  // What is beyond a smaller type is refused as out of range.
  const needed = kind === 'int' || kind === 'json' ? stored : stored.slice(0, 1)
  return needed.some((type) => types.includes(type))
}

/** A value that the driver has left as it is stored, by shape. */
export interface BsonValue {
  readonly _bsontype: string
  valueOf(): unknown
  /** Of a Binary. */
  readonly sub_type?: number
  readonly value?: () => Uint8Array
  /** Of a Long. */
  readonly toBigInt?: () => bigint
}

/** Options of a read that make the driver leave values as they are stored. */
export const asStored = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  useBigInt64: false,
} as const

const typeNames: Readonly<Record<string, string>> = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  ObjectId: 'objectId',
  Decimal128: 'decimal',
  Timestamp: 'timestamp',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  Code: 'javascript',
  DBRef: 'dbRef',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
}

/** What the server calls the type of a value that was read as it is stored. */
export function bsonTypeOf(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value === null || value === undefined) return 'null'
  if (value instanceof Date) return 'date'
  if (value instanceof RegExp) return 'regex'
  if (Array.isArray(value)) return 'array'
  if (isPlainObject(value)) return 'object'
  const { _bsontype: name, sub_type: subtype } = value as BsonValue
  if (name === 'Binary') return subtype === 0 ? 'binData' : `binData of subtype ${subtype}`
  return typeNames[name] ?? name
}

/** The same value as all other reads give it. */
export function promoted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(promoted)
  switch (bsonTypeOf(value)) {
    case 'int':
    case 'double':
      return Number(value)
    case 'long':
      return (value as BsonValue).toBigInt!()
    case 'binData':
      return (value as BsonValue).value!()
    case 'object':
      return Object.fromEntries(
        Object.entries(value as object).map(([name, each]) => [name, promoted(each)]),
      )
    default:
      return value
  }
}
