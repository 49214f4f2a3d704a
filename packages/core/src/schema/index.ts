export { t } from './fields.ts'
export { collection } from './collection.ts'
export { collectionOf } from './collection-of.ts'
export { defineSchema } from './define-schema.ts'
export { decodeRow, encodeRow } from './codec.ts'
export { descriptor } from './descriptor.ts'
export { fromDescriptor } from './from-descriptor.ts'
export { reservedNames } from './naming.ts'

export type {
  AnyCollection,
  AnyRelation,
  Collection,
  Collections,
  DefineSchemaOptions,
  ElementField,
  Field,
  FieldBuilders,
  FieldMap,
  FieldNames,
  FixedField,
  Increment,
  JsonSchema,
  NamesAllowed,
  NumberKind,
  Presence,
  Relation,
  RelationMaker,
  RelationMakers,
  RelationsOf,
  Schema,
  SchemaBuilder,
  ValueField,
} from './builder-types.ts'
export type {
  ArrayOps,
  EqualOps,
  FilterByKind,
  JsonEqualOps,
  JsonOps,
  JsonOrderOps,
  JsonTextOps,
  NoOtherValue,
  OrderOps,
  TextOps,
} from './filter-types.ts'
export type {
  AnySchema,
  CollectionName,
  ExtremeName,
  FieldName,
  InsertOf,
  KeyName,
  KeyOf,
  Logic,
  NumberName,
  OrderName,
  RelationsFrom,
  RowOf,
  UpdateOf,
  Where,
} from './types.ts'
export type {
  CollectionDescriptor,
  FieldDescriptor,
  RelationDescriptor,
  SchemaDescriptor,
  ValueTypeDescriptor,
} from './descriptor.ts'
export type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Kind,
  RelationDefinition,
  SchemaDefinition,
  ValueType,
} from './definition.ts'
export type { Naming, ReservedName } from './naming.ts'
export { canonicalJson, isPlainObject, type Json } from '../lib/json.ts'
