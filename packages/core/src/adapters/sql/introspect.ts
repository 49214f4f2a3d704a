import type { IntrospectedColumn, IntrospectedTable } from '../../contract/introspection.ts'
import { maxPrecision } from '../../schema/decimal.ts'
import type { ValueType } from '../../schema/definition.ts'
import { isOwnTable } from '../own-tables.ts'
import type { Catalog, CatalogColumn, FitsType } from './ensure.ts'
import { typeOfKind } from './kind-name.ts'
import { constantOf } from './literal.ts'

/** A catalog in the words of the contract. */
export function describeCatalog(
  catalog: Catalog,
  views: readonly string[],
  fitsType: FitsType,
): IntrospectedTable[] {
  const tables = Array.from(catalog, ([name, { columns, primaryKey, indexes }]) => ({
    name,
    isView: false,
    columns: Array.from(columns, ([column, info]) =>
      describeColumn(catalog, column, info, fitsType),
    ),
    primaryKey,
    indexes: indexes.filter((index) => index.columns.every((column) => columns.has(column))),
  }))
  const empty = { isView: true, columns: [], primaryKey: [], indexes: [] }
  return [...tables, ...views.map((name) => ({ name, ...empty }))]
    .filter(({ name }) => !isOwnTable(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function describeColumn(
  catalog: Catalog,
  name: string,
  column: CatalogColumn,
  fitsType: FitsType,
): IntrospectedColumn {
  const { type, remedy, nullable, hasDefault, constant, isGenerated = false, managed } = column
  const holds = typeOf(column, fitsType)
  const value =
    holds === undefined || constant === undefined ? undefined : constantOf(holds, constant)
  const references = referredTable(catalog, column)
  return {
    name,
    type,
    ...(holds !== undefined && { holds }),
    ...(remedy !== undefined && { remedy }),
    ...(managed !== undefined && !nullable && { managed }),
    nullable,
    hasDefault,
    ...(value !== undefined && { constantDefault: value }),
    isGenerated,
    ...(references !== undefined && { references }),
  }
}

/** The kind that the column was made for, or else the first one that it fits. */
function typeOf(column: CatalogColumn, fitsType: FitsType): ValueType | undefined {
  const types = column.kind === undefined ? candidates : [typeOfKind(column.kind)]
  return types
    .map((type) => ({ ...type, ...sizeOf(type, column.type) }))
    .find((type) => fitsType(type, column))
}

/** A kind stands behind those whose values it holds, too, so that no value is left out. */
const candidates: readonly ValueType[] = [
  { kind: 'text' },
  { kind: 'bigint' },
  { kind: 'int' },
  { kind: 'decimal' },
  { kind: 'float' },
  { kind: 'boolean' },
  { kind: 'timestamp' },
  { kind: 'date' },
  { kind: 'bytes' },
  { kind: 'json' },
]

/** What the column's type says in parentheses. */
function sizeOf({ kind, precision }: ValueType, type: string): Partial<ValueType> {
  const [, first, second = '0'] = /\((\d+)(?:,\s*(\d+))?\)/.exec(type) ?? []
  if (first === undefined) return {}
  if (kind === 'text' && /char/i.test(type)) return { maxLength: Number(first) }
  if (kind !== 'decimal' || precision !== undefined) return {}
  const size = { precision: Number(first), scale: Number(second) }
  return size.precision > maxPrecision || size.scale > size.precision ? {} : size
}

function referredTable(catalog: Catalog, { references }: CatalogColumn): string | undefined {
  if (references === undefined) return undefined
  const key = catalog.get(references.table)?.primaryKey ?? []
  const isKey = references.column === null || references.column === key[0]
  return key.length === 1 && isKey ? references.table : undefined
}
