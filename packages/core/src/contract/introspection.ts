import type { FieldDefinition, ValueType } from '../schema/definition.ts'

/** A table or a view as it stands in the database, in the words that a schema is made of. */
export interface IntrospectedTable {
  readonly name: string
  /** A view has no columns here: nothing could be made of them, because it has no key. */
  readonly isView: boolean
  /** In the order of the table. */
  readonly columns: readonly IntrospectedColumn[]
  /** The columns of the primary key, in its order; none where there is none. */
  readonly primaryKey: readonly string[]
  /** Indexes of whole columns and of all rows; others are left out. */
  readonly indexes: readonly IntrospectedIndex[]
}

export interface IntrospectedIndex {
  readonly columns: readonly string[]
  readonly unique: boolean
}

export interface IntrospectedColumn {
  readonly name: string
  /** In the engine's own words, for people; with its collation where that is not one of bytes. */
  readonly type: string
  /** What holds every value that the column may have; absent: no kind does. */
  readonly holds?: ValueType
  /** What makes it hold a kind that it all but holds. */
  readonly remedy?: string
  /** What the service writes there by itself; told of tables that Wherry has made. */
  readonly managed?: NonNullable<FieldDefinition['managed']>
  readonly nullable: boolean
  /** Whether an insert may leave it out. */
  readonly hasDefault: boolean
  /** The default as a value of what it holds, where it is a constant that can be read exactly. */
  readonly constantDefault?: unknown
  /** The database computes it, and refuses whoever gives it. */
  readonly isGenerated: boolean
  /** The table whose primary key, of one column, it refers to. */
  readonly references?: string
}
