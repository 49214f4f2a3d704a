import type { Finding } from '../../contract/finding.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import type { SqliteDatabase } from './driver.ts'

export function examineFile(
  db: SqliteDatabase,
  { collections }: SchemaDefinition,
  { durable }: { readonly durable: boolean },
): Finding[] {
  const all = Array.from(collections.values())
  return [
    ...(durable ? examineDurability(db) : []),
    ...looseTables(db, all),
    ...unseenReplacements(all),
    ...(durable ? uncheckedReferences(all) : []),
  ]
}

/** Of this connection: other programs have their own. */
function examineDurability(db: SqliteDatabase): Finding[] {
  const full = 2
  if (Number(db.pragma('synchronous', { simple: true })) >= full) return []
  return [
    {
      severity: 'warning',
      subject: 'synchronous',
      problem: 'is not full: the last writes that were acknowledged are lost if the machine fails',
      remedy: "leave 'synchronous' of sqlite() out, which is 'full'",
    },
  ]
}

function looseTables(db: SqliteDatabase, collections: readonly CollectionDefinition[]): Finding[] {
  const list = db.prepare(`select name, strict from pragma_table_list where type = 'table'`).all()
  const loose = (list as { name: string; strict: number }[]).filter(({ strict }) => strict === 0)
  return loose
    .filter(({ name }) => collections.some(({ table }) => table === name))
    .map(({ name: subject }) => ({
      severity: 'warning',
      subject,
      problem: 'is not STRICT: other programs may put values of any type into its columns',
      remedy: 'make the table anew with STRICT, and copy the rows',
    }))
}

function unseenReplacements(collections: readonly CollectionDefinition[]): Finding[] {
  return collections
    .filter(({ indexes }) => indexes.some(({ unique }) => unique))
    .map(({ table: subject }) => ({
      severity: 'note',
      subject,
      problem:
        'has a unique index: the log misses the row that INSERT OR REPLACE of another program removes for it',
      remedy: 'let other programs use INSERT … ON CONFLICT DO UPDATE',
    }))
}

function uncheckedReferences(collections: readonly CollectionDefinition[]): Finding[] {
  return collections
    .filter(({ fieldList }) => fieldList.some(({ ref }) => ref !== undefined))
    .map(({ table: subject }) => ({
      severity: 'note',
      subject,
      problem: 'has foreign keys, which other programs break unless they turn them on',
      remedy: 'let every program begin with: pragma foreign_keys = on',
    }))
}
