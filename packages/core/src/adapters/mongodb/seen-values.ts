import type { Kind, ValueType } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { bsonTypeOf, promoted } from './bson-types.ts'
import { decode } from './documents.ts'

/** The stored types that speak for a kind; what stands first is told of values that are of several. */
const candidates: ReadonlyMap<Kind, readonly string[]> = new Map<Kind, readonly string[]>([
  ['boolean', ['bool']],
  ['int', ['int']],
  ['bigint', ['int', 'long']],
  ['float', ['double', 'int']],
  ['text', ['string']],
  ['timestamp', ['date']],
  ['bytes', ['binData']],
  ['json', ['string', 'bool', 'int', 'double', 'null', 'object', 'array']],
])

const remedies: ReadonlyMap<string, string> = new Map([
  ['objectId', 'store its 24 digits as a text'],
  ['decimal', 'store it as a whole number of the smallest unit'],
  ['null', 'no document has a value there'],
])

/** What can be said of a field by the values that documents have there. */
export class SeenValues {
  readonly #types = new Set<string>()
  #kinds: readonly Kind[] = [...candidates.keys()]
  #elements: SeenValues | undefined
  /** Why a value is none of the kind that its type speaks for. */
  #fault: string | undefined

  /** Takes a value that is not null, as it is stored. */
  add(value: unknown): void {
    const type = bsonTypeOf(value)
    this.#types.add(type)
    if (Array.isArray(value)) {
      this.#elements ??= new SeenValues()
      for (const each of value) this.#elements.add(each)
    }
    const read = promoted(value)
    this.#kinds = this.#kinds.filter(
      (kind) => candidates.get(kind)!.includes(type) && this.#isHeld(kind, read),
    )
  }

  /** In the server's words; of several types where values are. */
  get type(): string {
    return [...this.#types].sort().join(' | ') || 'null'
  }

  /** What holds every value; undefined where nothing does, or there was none. */
  get holds(): ValueType | undefined {
    if (this.#types.size === 0) return undefined
    const scalar = this.#kinds.find((kind) => kind !== 'json')
    if (scalar !== undefined) return { kind: scalar }
    const element = this.type === 'array' ? this.#elements?.holds : undefined
    const isScalar = element !== undefined && element.kind !== 'json' && element.kind !== 'array'
    if (isScalar) return { kind: 'array', element }
    return this.#kinds.includes('json') ? { kind: 'json' } : undefined
  }

  /** What keeps a kind from holding them that their types alone would speak for. */
  get remedy(): string | undefined {
    const mixed = this.#types.size > 1 ? 'let all its values be of one type' : undefined
    return remedies.get(this.type) ?? this.#fault ?? mixed
  }

  #isHeld(kind: Kind, value: unknown): boolean {
    try {
      decode({ kind }, value)
      return true
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      this.#fault ??= `one of its values ${error.message}`
      return false
    }
  }
}
