import type { Abilities } from '../abilities.ts'
import type { Random } from '../lib/random.ts'
import type { CollectionSpec, FieldSpec, SchemaSpec } from '../schema-spec.ts'

/**
 * A schema on which clients get into each other's way: counters with versions, a unique value that
 * may be absent, something to look for, and perhaps rows that refer to others.
 */
export function drawRaceSchema(random: Random, { foreignKeys }: Abilities): SchemaSpec {
  const total = random.pick([field('int'), field('bigint'), field('decimal', [12, 2])])
  const isNamed = random.chance(0.6)
  const key: Record<string, FieldSpec> = isNamed
    ? { id: field('id') }
    : { shop: field('text', [{ maxLength: 40 }]), no: field('int') }
  const stock: CollectionSpec = {
    fields: {
      ...key,
      total,
      slot: { ...field('int'), nullable: true },
      shade: field('enum', [shades]),
      version: field('version'),
      ...(random.chance(0.3) && { updatedAt: field('updatedAt') }),
    },
    ...(!isNamed && { key: Object.keys(key) }),
    indexes: [
      { fields: ['slot'], unique: true },
      ...(random.chance(0.5) ? [{ fields: ['shade'], unique: false }] : []),
    ],
  }
  const orders: CollectionSpec = {
    fields: { id: field('id'), item: field('ref', ['stock']), total, version: field('version') },
    indexes: [],
  }
  const refers = isNamed && random.chance(0.5) && foreignKeys
  return {
    collections: { stock, ...(refers && { orders }) },
    naming: random.pick(['as_is', 'snake_case']),
  }
}

export const shades: readonly string[] = ['red', 'green']

function field(type: string, args: readonly unknown[] = []): FieldSpec {
  return { type, args, nullable: false }
}
