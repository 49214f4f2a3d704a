import { maxIndexedLength } from '../../schema/kinds.ts'
import type { UsableColumn, UsableTable } from './usable.ts'

/** A column that holds the key of a table. */
export interface Link {
  readonly table: UsableTable
  readonly column: UsableColumn
  readonly target: UsableTable
  /** Whether `t.ref()` can say so; else only a relation can. */
  readonly isRef: boolean
}

/** The foreign keys between tables that a schema can name. */
export function findLinks(tables: readonly UsableTable[]): Link[] {
  const links = tables.flatMap((table) =>
    table.columns.flatMap((column): Link[] => {
      const target = tables.find(({ name }) => name === column.references)
      const key = target && keyOf(target)
      if (target === undefined || key === undefined || !isSameKind(column, key)) return []
      return [{ table, column, target, isRef: isText(key) && lengthOf(column) >= keyLength(key) }]
    }),
  )
  return links.map((link) => ({ ...link, isRef: link.isRef && !isCircular(links, link) }))
}

/** The column that alone is the key. */
export function keyOf({ columns, primaryKey }: UsableTable): UsableColumn | undefined {
  return primaryKey.length === 1 ? columns.find(({ name }) => name === primaryKey[0]) : undefined
}

function isSameKind({ holds }: UsableColumn, { holds: key }: UsableColumn): boolean {
  return (
    (isText({ holds }) && isText({ holds: key })) ||
    (holds.kind === key.kind && holds.scale === key.scale)
  )
}

function isText({ holds }: Pick<UsableColumn, 'holds'>): boolean {
  return holds.kind === 'text' || holds.kind === 'id'
}

function lengthOf({ holds }: UsableColumn): number {
  return holds.maxLength ?? Infinity
}

function keyLength(key: UsableColumn): number {
  return Math.min(lengthOf(key), maxIndexedLength)
}

/** Whether a key refers, by way of other keys or not, to itself: none of them could be given then. */
function isCircular(links: readonly Link[], { table, column, target }: Link): boolean {
  const visited = new Set<UsableTable>()
  if (keyOf(table) !== column) return false
  for (let next: UsableTable | undefined = target; next !== undefined && !visited.has(next);) {
    if (next === table) return true
    visited.add(next)
    const key: UsableColumn | undefined = keyOf(next)
    next = links.find((link) => link.table === next && link.column === key && link.isRef)?.target
  }
  return false
}
