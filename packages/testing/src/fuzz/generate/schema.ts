import type { Kind, ValueType } from '@wherry/core/schema'
import { collectionNames, enumValues, fieldNames } from '../lib/corpus.ts'
import type { Random } from '../lib/random.ts'
import type { CollectionSpec, FieldSpec, IndexSpec, SchemaSpec } from '../schema-spec.ts'
import type { Coverage } from './coverage.ts'
import { allKinds, elementKinds, keyKinds } from './grammar.ts'
import type { Swarm } from './swarm.ts'
import { drawValue } from './values.ts'

/** The collections so far that a `t.ref` may name. */
type Targets = readonly string[]

export function drawSchema(random: Random, coverage: Coverage, swarm: Swarm): SchemaSpec {
  const names = random.sample(collectionNames, random.pick([1, 1, 2, 2, 3]))
  const collections: Record<string, CollectionSpec> = {}
  const targets: string[] = []
  for (const name of names) {
    const drawn = new CollectionDraw(random, coverage, swarm, name, targets).collection()
    collections[name] = drawn
    if (isTarget(drawn)) targets.push(name)
  }
  return { collections, naming: random.pick(['as_is', 'as_is', 'snake_case']) }
}

function isTarget({ fields, key }: CollectionSpec): boolean {
  return key === undefined || (key.length === 1 && fields[key[0]!]!.type === 'text')
}

class CollectionDraw {
  readonly #random: Random
  readonly #coverage: Coverage
  readonly #swarm: Swarm
  readonly #name: string
  readonly #targets: Targets
  readonly #fields: Record<string, FieldSpec> = {}
  readonly #names: string[]
  readonly #favoured: readonly Kind[]

  constructor(random: Random, coverage: Coverage, swarm: Swarm, name: string, targets: Targets) {
    this.#random = random
    this.#coverage = coverage
    this.#swarm = swarm
    this.#name = name
    this.#targets = targets
    this.#names = random.shuffle(fieldNames)
    // Some kinds have much more to go wrong than others.
    const weighted: readonly Kind[] = [
      ...allKinds,
      'text',
      'text',
      'json',
      'json',
      'array',
      'float',
    ]
    this.#favoured = random.some(weighted, random.pick([0.3, 1]))
  }

  collection(): CollectionSpec {
    const key = this.#key()
    const count = this.#random.between(2, 7)
    for (let i = 0; i < count; i++) {
      this.#fields[this.#names.pop()!] = this.#field(this.#random.pick(this.#favoured))
    }
    this.#references(key === undefined)
    for (const managed of ['createdAt', 'updatedAt', 'version']) {
      if (this.#random.chance(0.4)) this.#fields[managed] = plain(managed)
    }
    const indexes = this.#indexes(key ?? ['id'])
    const fields = Object.fromEntries(this.#random.shuffle(Object.entries(this.#fields)))
    return key === undefined ? { fields, indexes } : { fields, key, indexes }
  }

  /** Adds the key's fields; undefined when it is the one that `t.id()` makes. */
  #key(): string[] | undefined {
    const random = this.#random
    if (random.chance(0.4)) {
      this.#fields.id = plain('id')
      return undefined
    }
    return Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => {
      const kind = this.#coverage.favour(random, keyKinds, 'field × kind × role', (each) => [
        each,
        'key',
      ])
      this.#coverage.hit('field × kind × role', kind, 'key')
      const name = this.#names.pop()!
      this.#fields[name] = { ...this.#type(kind, true), nullable: false }
      return name
    })
  }

  #field(kind: Kind): FieldSpec {
    const field = this.#type(kind, this.#random.chance(0.6))
    const nullable = this.#random.chance(0.5)
    if (!this.#random.chance(0.15)) return { ...field, nullable }
    return { ...field, nullable, initial: drawValue(this.#random, this.#swarm, typeOf(field)) }
  }

  #references(toItself: boolean): void {
    if (!this.#swarm.abilities.foreignKeys) return
    const targets = toItself ? [...this.#targets, this.#name] : this.#targets
    for (const target of this.#random.some(targets, 0.6)) {
      const nullable = target === this.#name || this.#random.chance(0.5)
      this.#fields[`${target}Ref`] = { type: 'ref', args: [target], nullable }
    }
  }

  #type(kind: Kind, indexable: boolean): FieldSpec {
    const random = this.#random
    switch (kind) {
      case 'id':
        // Only a key is made by t.id(); elsewhere the kind comes with references.
        return plain('text', [{ maxLength: 191 }])
      case 'text':
        return plain('text', indexable ? [{ maxLength: random.pick([191, 191, 40, 3]) }] : [])
      case 'decimal': {
        const precision = random.pick([1, 4, 5, 10, 15, 16, 18, 18])
        const scale = random.pick([0, 1, 2, 2, precision].filter((digits) => digits <= precision))
        return plain('decimal', [precision, scale])
      }
      case 'enum':
        return plain('enum', [random.pick(enumValues)])
      case 'array': {
        const kindOfElement = this.#coverage.favour(
          random,
          elementKinds,
          'array operator × element',
          (each) => ['has', each],
        )
        return { ...plain('array'), element: this.#type(kindOfElement, random.chance(0.5)) }
      }
      default:
        return plain(kind)
    }
  }

  #indexes(key: readonly string[]): IndexSpec[] {
    const random = this.#random
    const indexable = Object.keys(this.#fields).filter((name) => isIndexable(this.#fields[name]!))
    const seen = new Set<string>([key.join()])
    const indexes: IndexSpec[] = []
    for (let left = random.pick([0, 1, 2, 3, 4]); left > 0 && indexable.length > 0; left--) {
      const unique = random.chance(0.4)
      const role = unique ? 'unique' : 'index'
      const first = this.#coverage.favour(random, indexable, 'field × kind × role', (name) => [
        this.#fields[name]!.type,
        role,
      ])
      const others = random.sample(indexable, random.pick([0, 0, 1, 2]))
      const fields = Array.from(new Set([first, ...others]))
      if (seen.has(fields.join())) continue
      seen.add(fields.join())
      const { type } = this.#fields[first]!
      this.#coverage.hit('field × kind × role', type === 'ref' ? 'id' : type, role)
      indexes.push({ fields, unique })
    }
    return indexes
  }
}

function plain(type: string, args: readonly unknown[] = []): FieldSpec {
  return { type, args, nullable: false }
}

/** The type that the field will have in the schema. */
function typeOf({ type, args, element }: FieldSpec): ValueType {
  const [first, second] = args
  const kind = type as Kind
  switch (type) {
    case 'text':
      return { kind, ...(first as { maxLength?: number } | undefined) }
    case 'decimal':
      return { kind, precision: first as number, scale: second as number }
    case 'enum':
      return { kind, values: first as string[] }
    default:
      return element === undefined ? { kind } : { kind, element: typeOf(element) }
  }
}

function isIndexable({ type, args }: FieldSpec): boolean {
  if (type === 'text') return args.length > 0
  return !['json', 'array', 'bytes', 'updatedAt', 'version'].includes(type)
}
