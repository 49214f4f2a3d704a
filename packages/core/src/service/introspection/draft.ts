import type { ValueType } from '../../schema/definition.ts'
import { maxIndexedLength } from '../../schema/kinds.ts'
import { checkCollectionName, checkMemberName, namings, type Naming } from '../../schema/naming.ts'
import { Chain } from './chain.ts'
import { findLinks, keyOf, type Link } from './links.ts'
import { chooseNaming, nameAll } from './names.ts'
import type { UsableColumn, UsableTable } from './usable.ts'

/** A schema that is not made yet. */
export interface Draft {
  readonly naming: Naming
  readonly collections: readonly DraftCollection[]
}

export interface DraftCollection {
  readonly name: string
  readonly fields: ReadonlyMap<string, Chain>
  /** What is called on the collection: its key, its indexes, its table. */
  readonly calls: Chain
  /** What is called on the maker of its relations, by their names. */
  readonly relations: ReadonlyMap<string, Chain>
}

/** Drafts a collection for each of the tables. */
export function draftSchema(tables: readonly UsableTable[]): Draft {
  return new Drafting(tables).draft()
}

class Drafting {
  readonly #tables: readonly UsableTable[]
  readonly #links: readonly Link[]
  /** Collections by their tables, and fields by their columns. */
  readonly #collections: ReadonlyMap<string, string>
  readonly #fields: ReadonlyMap<UsableTable, ReadonlyMap<string, string>>
  readonly #naming: Naming

  constructor(tables: readonly UsableTable[]) {
    this.#tables = tables
    this.#links = findLinks(tables)
    const names = tables.map(({ name }) => name)
    this.#collections = nameAll(names, 'Table', checkCollectionName)
    this.#fields = new Map(tables.map((table) => [table, nameFields(table)]))
    const fields = Array.from(this.#fields.values()).flatMap((each) => [...each])
    this.#naming = chooseNaming([...this.#collections, ...fields])
  }

  draft(): Draft {
    const collections = this.#tables.map((table) => ({
      name: this.#collections.get(table.name)!,
      fields: new Map(
        table.columns.map((column) => [
          this.#fieldName(table, column.name),
          this.#field(table, column),
        ]),
      ),
      calls: this.#calls(table),
      relations: this.#relations(table),
    }))
    return { naming: this.#naming, collections }
  }

  #fieldName(table: UsableTable, column: string): string {
    return this.#fields.get(table)!.get(column)!
  }

  #field(table: UsableTable, column: UsableColumn): Chain {
    const { name, nullable, constantDefault: initial } = column
    const { chain, isPlain } = this.#type(table, column)
    const mayBeNull = nullable ? chain.call('nullable') : chain
    const full = isPlain && initial !== undefined ? mayBeNull.call('default', initial) : mayBeNull
    return this.#named(full, 'column', this.#fieldName(table, name), name)
  }

  /** The call of `t`, and whether a default may follow it. */
  #type(table: UsableTable, column: UsableColumn): { chain: Chain; isPlain?: true } {
    const { managed, holds, nullable } = column
    const isKey = table.primaryKey.includes(column.name)
    if (managed !== undefined && !isKey) return { chain: new Chain().call(managed) }
    const link = this.#links.find((each) => each.column === column && each.isRef)
    if (link) return { chain: new Chain().call('ref', this.#collections.get(link.target.name)) }
    if (isMadeByService(table, column)) return { chain: new Chain().call('id') }
    const isIndexed = isKey || table.indexes.some(({ columns }) => columns.includes(column.name))
    const type = isIndexed || holds.kind === 'id' ? shortened(holds) : holds
    const initial = column.constantDefault
    const isTooLong = typeof initial === 'string' && initial.length > (type.maxLength ?? Infinity)
    const isVain = nullable && initial === null
    return { chain: typeChain(type), ...(!isTooLong && !isVain && { isPlain: true }) }
  }

  #calls(table: UsableTable): Chain {
    const { primaryKey, indexes } = table
    const namesOf = (columns: readonly string[]) =>
      columns.map((column) => this.#fieldName(table, column))
    const key = keyOf(table)
    const isNamed = key === undefined || !isMadeByService(table, key) || this.#isRef(key)
    const keyed = isNamed ? new Chain().call('key', ...namesOf(primaryKey)) : new Chain()
    const indexed = indexes.reduce(
      (chain, { unique, columns }) => chain.call(unique ? 'unique' : 'index', ...namesOf(columns)),
      keyed,
    )
    return this.#named(indexed, 'table', this.#collections.get(table.name)!, table.name)
  }

  /** Says the name in the database where the schema's naming does not. */
  #named(chain: Chain, method: string, name: string, inDatabase: string): Chain {
    return namings[this.#naming](name) === inDatabase ? chain : chain.call(method, inDatabase)
  }

  #isRef(column: UsableColumn): boolean {
    return this.#links.some((link) => link.column === column && link.isRef)
  }

  #relations(table: UsableTable): ReadonlyMap<string, Chain> {
    const relations = new Map<string, Chain>()
    const taken = new Set(this.#fields.get(table)!.values())
    const add = (names: readonly string[], chain: Chain) => {
      const name = names.find((each) => !taken.has(each))
      if (name === undefined) return
      taken.add(name)
      relations.set(name, chain)
    }
    for (const link of this.#links) {
      const field = this.#fieldName(link.table, link.column.name)
      const [from, to] = [link.table, link.target].map(({ name }) => this.#collections.get(name)!)
      if (link.table === table) {
        const bare = field.replace(/_?(id|ref)$/i, '')
        add([bare || field, `${field}Row`], new Chain().call('belongsTo', to, field))
      }
      if (link.target === table) {
        const name = `${from}By${field.slice(0, 1).toUpperCase()}${field.slice(1)}`
        const isOnly =
          this.#links.filter((each) => each.table === link.table && each.target === table)
            .length === 1
        add(isOnly ? [from!, name] : [name], new Chain().call('hasMany', from, field))
      }
    }
    return relations
  }
}

function nameFields({ name, columns }: UsableTable): ReadonlyMap<string, string> {
  const names = columns.map((column) => column.name)
  return nameAll(names, 'Column', (each) => checkMemberName('field', name, each))
}

/**
 * Whether it is what `t.id()` makes: it was made for one, or it is a text named `id` that alone is
 * the key and has room for a UUID of any application.
 */
function isMadeByService(table: UsableTable, column: UsableColumn): boolean {
  if (keyOf(table) !== column) return false
  const { kind, maxLength = Infinity } = column.holds
  return kind === 'id' || (kind === 'text' && column.name === 'id' && maxLength >= maxIndexedLength)
}

/** As long as what every engine can index. */
function shortened(type: ValueType): ValueType {
  const { kind, maxLength = Infinity } = type
  if (kind !== 'text' && kind !== 'id') return type
  return { kind: 'text', maxLength: Math.min(maxLength, maxIndexedLength) }
}

function typeChain({ kind, maxLength, precision, scale, element }: ValueType): Chain {
  const chain = new Chain()
  switch (kind) {
    case 'text':
      return maxLength === undefined ? chain.call('text') : chain.call('text', { maxLength })
    case 'decimal':
      return chain.call('decimal', precision, scale)
    case 'array':
      return chain.call('array', typeChain(element!))
    default:
      return chain.call(kind)
  }
}
