import type { CollectionDefinition, FieldDefinition } from '@wherry/core/schema'
import type { Random } from '../lib/random.ts'
import type { Row } from '../outcome.ts'
import { summedKinds } from './grammar.ts'
import type { Scene } from './scene.ts'

/** A patch for `method`; `row` is one that it will meet, if there is one. */
export function drawPatch(
  scene: Scene,
  collection: CollectionDefinition,
  method: string,
  row: Row | undefined,
): Record<string, unknown> {
  const { random, coverage } = scene
  const fields = collection.fieldList.filter(
    (field) => field.managed === undefined && !collection.key.includes(field),
  )
  // Over many rows an increment beyond the range and a unique index would race: whichever row an
  // engine meets first decides on the error.
  const increments = method !== 'updateMany' || random.chance(0.5)
  const free =
    method === 'updateMany' && increments
      ? fields.filter((field) => !isUnique(collection, field))
      : fields
  const candidates = free.flatMap((field) => [
    { field, operation: 'set' },
    ...(field.nullable ? [{ field, operation: 'null' }] : []),
    ...(increments && summedKinds.includes(field.kind) ? [{ field, operation: 'increment' }] : []),
  ])
  const patch: Record<string, unknown> = {}
  if (candidates.length === 0) return patch
  for (let left = random.pick([1, 1, 2, 3]); left > 0; left--) {
    const { field, operation } = coverage.favour(
      random,
      candidates,
      'assignment × kind × write',
      (each) => [each.operation, each.field.kind, method],
    )
    coverage.hit('assignment × kind × write', operation, field.kind, method)
    patch[field.name] = assigned(scene, field, operation, row?.[field.name])
  }
  return patch
}

function isUnique(collection: CollectionDefinition, field: FieldDefinition): boolean {
  return collection.indexes.some(({ unique, fields }) => unique && fields.includes(field))
}

function assigned(
  scene: Scene,
  field: FieldDefinition,
  operation: string,
  stored: unknown,
): unknown {
  if (operation === 'null') return null
  if (operation === 'set') return scene.fieldValue(field)
  const { random } = scene
  const hasValue = stored !== undefined && stored !== null
  if (hasValue && random.chance(0.5)) return { increment: toTheEdge(random, field, stored) }
  return { increment: random.pick(scene.poolOf(field)) }
}

/** What brings a value to the end of its kind's range, or one step too far. */
function toTheEdge(random: Random, field: FieldDefinition, stored: unknown): unknown {
  const sign = random.chance(0.5) ? 1n : -1n
  const { precision = 18, scale = 0 } = field
  switch (field.kind) {
    case 'bigint': {
      const most = sign > 0n ? 2n ** 63n - 1n : -(2n ** 63n)
      const difference = most - (stored as bigint) + (random.chance(0.5) ? sign : 0n)
      return BigInt.asIntN(64, difference) === difference ? difference : sign
    }
    case 'int': {
      const most = sign * (2n ** 53n - 1n)
      const difference = Number(most - BigInt(stored as number) + (random.chance(0.5) ? sign : 0n))
      return Number.isSafeInteger(difference) ? difference : Number(sign)
    }
    case 'decimal': {
      const most = sign * (10n ** BigInt(precision) - 1n)
      const difference = most - BigInt((stored as string).replace('.', ''))
      const fits = difference * sign <= most * sign
      return scaled((fits ? difference : 0n) + (random.chance(0.5) ? sign : 0n), precision, scale)
    }
    default:
      return Number(sign) * 1.7976931348623157e308
  }
}

/** The decimal of so many units of its last digit; the largest there is, where it has too many. */
function scaled(units: bigint, precision: number, scale: number): string {
  const most = 10n ** BigInt(precision) - 1n
  const size = units < 0n ? -units : units
  const digits = String(size > most ? most : size).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const text = scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`
  return units < 0n ? `-${text}` : text
}
