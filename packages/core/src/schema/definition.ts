import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * The schema as plain frozen data: what the builders of this folder produce and all other code
 * reads. Nothing here knows of TypeScript's view of the schema; that is `types.ts`.
 */
export type Kind =
  | 'id'
  | 'text'
  | 'int'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'bytes'
  | 'enum'
  | 'json'
  | 'array'

/** A row in memory: field name to value, as the row codec's JS column says. */
export type Row = Record<string, unknown>

/** What decides which values fit, and how they are compared and encoded. */
export interface ValueType {
  readonly kind: Kind
  /** text, id: the longest value, in Unicode code points. */
  readonly maxLength?: number
  /** decimal: digits in all, at most 18. */
  readonly precision?: number
  /** decimal: digits after the point. */
  readonly scale?: number
  /** enum: the values. */
  readonly values?: readonly string[]
  /** array: the type of its elements, a scalar. */
  readonly element?: ValueType
}

export interface FieldDefinition extends ValueType {
  readonly name: string
  /** Its name in the database. */
  readonly column: string
  readonly nullable: boolean
  /** The collection whose key this field holds. */
  readonly ref?: string
  /** Makes the value of an absent field. Absent: the field is required, or null when nullable. */
  readonly defaultValue?: () => unknown
  /** The default, when it is the same for every row; the database may hold it too. */
  readonly constantDefault?: unknown
  /** The service writes this field by itself. */
  readonly managed?: 'createdAt' | 'updatedAt' | 'version'
  /** A check of the host's own, run after Wherry's. Must be synchronous. */
  readonly check?: StandardSchemaV1
}

export interface IndexDefinition {
  readonly fields: readonly FieldDefinition[]
  readonly unique: boolean
}

export interface CollectionDefinition {
  readonly name: string
  /** Its name in the database. */
  readonly table: string
  readonly fields: ReadonlyMap<string, FieldDefinition>
  /** The same fields in the order of the schema. */
  readonly fieldList: readonly FieldDefinition[]
  /** One field or several; a row's identity and the last term of every order. */
  readonly key: readonly FieldDefinition[]
  readonly indexes: readonly IndexDefinition[]
  /** The field that counts a row's changes, when the collection has one. */
  readonly version?: FieldDefinition
  /** How its rows lead to others, by the names of the relations. */
  readonly relations: ReadonlyMap<string, RelationDefinition>
}

/** How a row leads to others; each end of it has a key of one field. */
export interface RelationDefinition {
  readonly name: string
  readonly kind: 'belongsTo' | 'hasMany' | 'hasManyThrough'
  readonly to: CollectionDefinition
  /**
   * belongsTo: the field of the row itself that holds the key of `to`. hasMany: the field of `to`
   * that holds the row's key. Through: the field of the join that holds the row's key.
   */
  readonly field: FieldDefinition
  /** The join: its `toField` holds the key of `to`. */
  readonly through?: {
    readonly collection: CollectionDefinition
    readonly toField: FieldDefinition
  }
}

export interface SchemaDefinition {
  readonly collections: ReadonlyMap<string, CollectionDefinition>
  /** Names this schema: equal schemas have equal hashes. */
  readonly hash: string
}
