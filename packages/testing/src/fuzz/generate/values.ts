import type { FieldDefinition, ValueType } from '@wherry/core/schema'
import { hugeTexts, jsonKeys } from '../lib/corpus.ts'
import type { Random } from '../lib/random.ts'
import type { Swarm } from './swarm.ts'

/** A value of the type that the schema accepts; never null. */
export function drawValue(random: Random, swarm: Swarm, type: ValueType): unknown {
  const { corpora } = swarm
  switch (type.kind) {
    case 'id':
      return drawText(random, swarm, 191) || 'id'
    case 'text':
      return drawText(random, swarm, type.maxLength)
    case 'int':
      return random.pick(corpora.ints)
    case 'float':
      return random.chance(0.1) ? -0 : random.pick(corpora.floats)
    case 'bigint':
      return random.pick(corpora.bigints)
    case 'decimal':
      return drawDecimal(random, type)
    case 'boolean':
      return random.chance(0.5)
    case 'timestamp':
      return new Date(random.pick(corpora.times))
    case 'date':
      return random.pick(corpora.dates)
    case 'bytes':
      return Uint8Array.from(random.pick(corpora.bytes))
    case 'enum':
      return random.pick(type.values!)
    case 'json':
      return drawJson(random, swarm, 3) ?? {}
    case 'array':
      return Array.from({ length: random.pick([0, 1, 1, 2, 3, 5]) }, () =>
        drawValue(random, swarm, type.element!),
      )
  }
}

/** A value for a field, null as often as the swarm says where it may be. */
export function drawField(
  random: Random,
  swarm: Swarm,
  field: FieldDefinition,
  pool: readonly unknown[],
): unknown {
  if (field.nullable && random.chance(swarm.nullRate)) return null
  return random.chance(0.9) ? random.pick(pool) : drawValue(random, swarm, field)
}

function drawText(random: Random, swarm: Swarm, maxLength?: number): string {
  if (swarm.huge && maxLength === undefined && random.chance(0.1)) return random.pick(hugeTexts)
  const text =
    random.pick(swarm.corpora.texts) + (random.chance(0.15) ? random.pick(swarm.corpora.texts) : '')
  if (maxLength === undefined || text.length <= maxLength) return text
  return Array.from(text).slice(0, maxLength).join('')
}

/** Also written as one would by hand: with leading and trailing zeros, or without any. */
function drawDecimal(random: Random, { precision = 18, scale = 0 }: ValueType): string {
  const digits = random.pick([1, 1, 2, precision, random.between(1, precision)])
  const most = random.chance(0.2)
  let scaled = ''
  for (let i = 0; i < Math.min(digits, precision); i++) {
    scaled += most ? '9' : String(random.below(10))
  }
  scaled = scaled.padStart(scale + 1, '0')
  const whole = scaled.slice(0, scaled.length - scale)
  const fraction = scaled.slice(scaled.length - scale)
  const sign = random.chance(0.3) ? '-' : ''
  const written = random.chance(0.2) ? fraction.replace(/0+$/, '') : fraction
  const zeros = random.chance(0.1) ? '00' : ''
  return sign + zeros + whole + (written === '' ? '' : `.${written}`)
}

function drawJson(random: Random, swarm: Swarm, depth: number): unknown {
  const { anyJson } = swarm.abilities
  const shape = random.pick(depth > 0 ? ['leaf', 'object', 'object', 'array'] : ['leaf'])
  const count = random.pick([0, 1, 1, 2, 3])
  if (shape === 'array') {
    const items = Array.from({ length: count }, () => drawJson(random, swarm, depth - 1))
    return anyJson ? items : items.flat()
  }
  if (shape === 'object') {
    const drawn = random.chance(0.6) ? ['a', 'b'] : random.sample(jsonKeys, count)
    const keys = anyJson ? drawn : drawn.filter((key) => !key.includes('.'))
    return Object.fromEntries(keys.map((key) => [key, drawJson(random, swarm, depth - 1)]))
  }
  return random.weighted<() => unknown>([
    [3, () => random.pick(swarm.corpora.texts)],
    [2, () => random.pick(swarm.corpora.ints)],
    [2, () => random.pick(swarm.corpora.floats)],
    [1, () => random.chance(0.5)],
    [1, () => null],
  ])()
}

/** The places in a JSON value, with what stands there. */
export function placesIn(
  json: unknown,
  path: readonly (string | number)[] = [],
): { path: readonly (string | number)[]; value: unknown }[] {
  const here = path.length === 0 ? [] : [{ path, value: json }]
  if (Array.isArray(json)) {
    return [...here, ...json.flatMap((item: unknown, index) => placesIn(item, [...path, index]))]
  }
  if (typeof json !== 'object' || json === null) return here
  return [
    ...here,
    ...Object.entries(json).flatMap(([key, item]) =>
      /[."\\]/.test(key) || key === '' ? [] : placesIn(item, [...path, key]),
    ),
  ]
}

/** A text that an engine which folds, trims, pads or normalizes would take for the other. */
export function nearMiss(random: Random, text: string): string {
  return random.weighted<() => string>([
    [2, () => text.toUpperCase()],
    [2, () => text.toLowerCase()],
    [1, () => text.normalize('NFC')],
    [1, () => text.normalize('NFD')],
    [1, () => text.trim()],
    [1, () => `${text} `],
    [1, () => (text.length > 1 ? `${Array.from(text).slice(0, -1).join('')}_` : '%')],
    [1, () => predecessor(text)],
  ])()
}

/** The text whose last character comes right before that of the other. */
export function predecessor(text: string): string {
  const points = Array.from(text)
  const last = points.pop()?.codePointAt(0) ?? 2
  return points.join('') + String.fromCodePoint(last === 0xe000 ? 0xd7ff : Math.max(last - 1, 1))
}

/** A piece of a text, cut between code points. */
export function pieceOf(random: Random, text: string, operator: string): string {
  const points = Array.from(text)
  const from = operator === 'startsWith' ? 0 : random.below(points.length + 1)
  const to = operator === 'endsWith' ? points.length : random.between(from, points.length)
  return points.slice(from, to).join('')
}
