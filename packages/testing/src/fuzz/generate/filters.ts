import type { CollectionDefinition, FieldDefinition } from '@wherry/core/schema'
import { truthOf } from '../reference.ts'
import { accessOf, listLengths, nullability, operators, pathOperators } from './grammar.ts'
import type { Scene } from './scene.ts'
import { drawValue, nearMiss, pieceOf, placesIn, predecessor } from './values.ts'

type Where = Record<string, unknown>

/**
 * Draws a filter for a collection; `asker` is what will use it. Often it is turned so that a row
 * which is there matches: most filters drawn blindly find nothing, and show nothing.
 */
export function drawWhere(scene: Scene, collection: CollectionDefinition, asker: string): Where {
  const { random } = scene
  const rows = scene.rowsOf(collection)
  if (rows.length > 0 && random.chance(0.08)) return pin(scene, collection)
  const where = new FilterDraw(scene, collection, asker).group(scene.swarm.depth, false)
  if (rows.length === 0 || !random.chance(0.4)) return where
  return truthOf(collection, where, random.pick(rows), 'two') === true ? where : { NOT: where }
}

/** Just the row with some key, or with some values of an index: what engines look up directly. */
function pin(scene: Scene, collection: CollectionDefinition): Where {
  const { random } = scene
  const row = random.pick(scene.rowsOf(collection))
  const fields = random.pick([collection.key, ...collection.indexes.map((index) => index.fields)])
  return Object.fromEntries(
    fields.map(({ name }) => [name, random.chance(0.7) ? row[name] : { eq: row[name] }]),
  )
}

const textOperators: ReadonlySet<string> = new Set(['contains', 'startsWith', 'endsWith'])

class FilterDraw {
  readonly #scene: Scene
  readonly #collection: CollectionDefinition
  readonly #asker: string

  constructor(scene: Scene, collection: CollectionDefinition, asker: string) {
    this.#scene = scene
    this.#collection = collection
    this.#asker = asker
  }

  group(depth: number, negated: boolean): Where {
    const { random } = this.#scene
    const shape =
      depth === 0
        ? 'leaf'
        : random.weighted([
            [4, 'leaf'],
            [1, 'several'],
            [1.5, 'AND'],
            [2, 'OR'],
            [1.5, 'NOT'],
            [0.2, 'empty'],
          ])
    switch (shape) {
      case 'empty':
        return random.pick([{}, { AND: [] }, { OR: [] }])
      case 'NOT':
        return { NOT: this.group(depth - 1, !negated) }
      case 'AND':
      case 'OR': {
        const count = random.pick([1, 2, 2, 3, 4])
        const terms = Array.from({ length: count }, () => this.group(depth - 1, negated))
        return random.chance(0.15) ? { [shape]: terms, ...this.#leaf(negated) } : { [shape]: terms }
      }
      case 'several':
        return Object.assign({}, this.#leaf(negated), this.#leaf(negated), this.#leaf(negated))
      default:
        return this.#leaf(negated)
    }
  }

  #leaf(negated: boolean): Where {
    const { random, coverage, swarm } = this.#scene
    const candidates = this.#collection.fieldList.flatMap((field) => {
      const on = operators[field.kind].filter((name) => swarm.operators.has(name))
      const scalar = on.length > 0 ? on : operators[field.kind].slice(-1)
      // Where engines go wrong most often.
      const subtle = scalar.filter((name) => textOperators.has(name))
      const paths = field.kind === 'json' ? ['path', 'path', 'path'] : []
      return [...scalar, ...subtle, ...paths].map((operator) => ({ field, operator }))
    })
    const { field, operator } = coverage.favour(
      random,
      candidates,
      'operator × kind × nullability',
      (each) => [each.operator, each.field.kind, nullability(each.field)],
    )
    if (operator === 'path') return { [field.name]: this.#pathTest(field) }
    this.#count(field, operator, negated)
    const operand = this.#operand(field, operator)
    if (operator === 'value') return { [field.name]: operand }
    const test: Where = { [operator]: operand }
    if (random.chance(0.15)) {
      const other = random.pick(operators[field.kind].filter((name) => name !== 'value'))
      this.#count(field, other, negated)
      test[other] = this.#operand(field, other)
    }
    return { [field.name]: test }
  }

  #count(field: FieldDefinition, operator: string, negated: boolean): void {
    const { coverage } = this.#scene
    coverage.hit('operator × kind × nullability', operator, field.kind, nullability(field))
    coverage.hit('operator × asker', operator, this.#asker)
    coverage.hit('operator × index', operator, accessOf(this.#collection, field))
    if (negated) coverage.hit('operator × kind, negated', operator, field.kind)
    if (operator.startsWith('has')) {
      coverage.hit('array operator × element', operator, field.element!.kind)
    }
  }

  #operand(field: FieldDefinition, operator: string): unknown {
    const { random, swarm } = this.#scene
    const one = () => {
      const operand = this.#scene.operand(this.#collection, field)
      if (field.kind !== 'text' || random.chance(0.8)) return operand
      return Array.from(nearMiss(random, operand as string))
        .slice(0, field.maxLength)
        .join('')
    }
    const element = () => {
      const array = one() as unknown[]
      return array.length > 0 && random.chance(0.8)
        ? random.pick(array)
        : drawValue(random, swarm, field.element!)
    }
    switch (operator) {
      case 'isNull':
        return random.chance(0.5)
      case 'value':
      case 'eq':
      case 'ne':
        return random.chance(0.1) ? null : one()
      case 'in':
      case 'notIn': {
        const list = this.#list(operator, one)
        return random.chance(0.15) ? random.shuffle([...list, null]) : list
      }
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return this.#textOperand(operator, one() as string)
      case 'has':
        return element()
      case 'hasAny':
      case 'hasAll':
        return this.#list(operator, element)
      default:
        return one()
    }
  }

  #list(operator: string, item: () => unknown): unknown[] {
    const { random, coverage } = this.#scene
    const dimension = 'list operator × length × asker'
    const lengths = Object.keys(listLengths)
    const length = coverage.favour(random, lengths, dimension, (name) => [
      operator,
      name,
      this.#asker,
    ])
    coverage.hit(dimension, operator, length, this.#asker)
    return Array.from({ length: random.pick(listLengths[length]!) }, item)
  }

  #textOperand(operator: string, text: string): string {
    const { random } = this.#scene
    // The text itself, as the end of the range of all that begins with this.
    if (operator === 'startsWith' && random.chance(0.15)) return predecessor(text)
    const piece = random.chance(0.7) ? pieceOf(random, text, operator) : text
    return random.chance(0.25) ? nearMiss(random, piece) : piece
  }

  /** A test inside a JSON field: mostly of a place that is there, and by a value that fits it. */
  #pathTest(field: FieldDefinition): Where {
    const { random, coverage, swarm } = this.#scene
    const places = placesIn(this.#scene.operand(this.#collection, field))
    const place = places.length > 0 && random.chance(0.85) ? random.pick(places) : undefined
    const path = place?.path ?? random.pick([['a'], ['a', 'b'], ['a', 0], [0], ['b'], ['missing']])
    const value = place !== undefined && random.chance(0.6) ? place.value : this.#jsonOperand(field)
    const type = value === null ? 'null' : typeof value
    const test: Where = { path }
    const possible = pathOperators[type] ?? []
    if (possible.length === 0) {
      test.isNull = random.chance(0.5)
      return test
    }
    const on = possible.filter((name) => swarm.operators.has(name))
    const operator = coverage.favour(
      random,
      on.length > 0 ? on : possible,
      'path operator × operand',
      (name) => [name, type],
    )
    coverage.hit('path operator × operand', operator, type)
    const last = typeof path.at(-1) === 'number' ? 'position' : 'key'
    coverage.hit('path operator × last step', operator, last)
    test[operator] = this.#jsonTest(field, operator, value)
    return test
  }

  #jsonTest(field: FieldDefinition, operator: string, value: unknown): unknown {
    const { random } = this.#scene
    switch (operator) {
      case 'isNull':
        return random.chance(0.5)
      case 'in':
      case 'notIn': {
        const count = random.pick([0, 1, 2, 3])
        return [value, ...Array.from({ length: count }, () => this.#jsonOperand(field))]
      }
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return this.#textOperand(operator, value as string)
      default:
        return value
    }
  }

  #jsonOperand(field: FieldDefinition): unknown {
    const { random, swarm } = this.#scene
    const places = placesIn(random.pick(this.#scene.poolOf(field))).filter(
      ({ value }) => typeof value !== 'object' || value === null,
    )
    if (places.length > 0 && random.chance(0.6)) return random.pick(places).value
    return random.pick<unknown>([
      random.pick(swarm.corpora.texts),
      random.pick(swarm.corpora.floats),
      random.pick(swarm.corpora.ints),
      random.chance(0.5),
    ])
  }
}
