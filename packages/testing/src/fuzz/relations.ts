import type { CollectionDefinition, FieldDefinition, SchemaDefinition } from '@wherry/core/schema'
import { print } from './lib/print.ts'

/** A relation as it is declared: `of.<from>.<kind>(...args)`. */
interface RelationSpec {
  readonly from: string
  readonly name: string
  readonly kind: 'belongsTo' | 'hasMany' | 'hasManyThrough'
  readonly args: readonly unknown[]
}

interface Link {
  readonly holder: CollectionDefinition
  readonly field: FieldDefinition
  readonly target: CollectionDefinition
}

/** So many relations say all that there is to say, and their names stay apart. */
const most = 12

/**
 * The relations that a schema can have, named after what they go by, so that those that are left in
 * a smaller schema keep their names.
 */
export function drawnRelations(schema: SchemaDefinition): readonly RelationSpec[] {
  const relations: RelationSpec[] = []
  const links = linksOf(schema)
  for (const { holder, field, target } of links) {
    const name = `${holder.name}_${field.name}_${target.name}`
    relations.push(
      { from: holder.name, name: `to_${name}`, kind: 'belongsTo', args: [target.name, field.name] },
      { from: target.name, name: `of_${name}`, kind: 'hasMany', args: [holder.name, field.name] },
    )
    for (const other of links) {
      if (other.holder !== holder || other.field === field) continue
      const toField = other.field.name
      const join = { through: holder.name, field: field.name, toField }
      relations.push({
        from: target.name,
        name: `by_${name}_${toField}`,
        kind: 'hasManyThrough',
        args: [other.target.name, join],
      })
    }
  }
  return relations
}

/** Which fields hold the key of which collection: references, and others of the key's own kind. */
function linksOf({ collections }: SchemaDefinition): readonly Link[] {
  const all = Array.from(collections.values())
  const links = all.flatMap((holder) =>
    holder.fieldList.flatMap((field) =>
      all
        .filter(({ key }) => key.length === 1)
        .filter(({ name, key: [key] }) =>
          field.ref === undefined
            ? field.kind === key!.kind && field.scale === key!.scale
            : field.ref === name,
        )
        .map((target) => ({ holder, field, target })),
    ),
  )
  const isReference = ({ field }: Link) => field.ref !== undefined
  return [...links.filter(isReference), ...links.filter((link) => !isReference(link))].slice(
    0,
    most / 2,
  )
}

type Makers = Readonly<Record<string, Record<string, (...args: readonly unknown[]) => unknown>>>

export function makeRelations(of: Makers, relations: readonly RelationSpec[]): object {
  const made: Record<string, Record<string, unknown>> = {}
  for (const { from, name, kind, args } of relations) {
    made[from] = { ...made[from], [name]: of[from]![kind]!(...args) }
  }
  return made
}

/** The relations as TypeScript. */
export function printRelations(schema: SchemaDefinition): string {
  const relations = drawnRelations(schema)
  if (relations.length === 0) return ''
  const froms = Array.from(new Set(relations.map(({ from }) => from)), (from) => {
    const own = relations.filter((relation) => relation.from === from)
    const lines = own.map(
      ({ name, kind, args }) =>
        `    ${name}: of.${from}.${kind}(${args.map((arg) => print(arg)).join(', ')}),\n`,
    )
    return `  ${from}: {\n${lines.join('')}  },\n`
  })
  return `.relations((of) => ({\n${froms.join('')}}))`
}
