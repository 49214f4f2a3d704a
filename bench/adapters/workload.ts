import { createRandom } from '../lib/random.ts'
import type { EmotionPatch, Kind, NewEmotion } from './schema.ts'

/** How much the tables hold from the start. */
export interface TableSize {
  readonly rows: number
  readonly users: number
}

const usualSize: TableSize = { rows: 10_000, users: 50 }
export const rangeSize = 100
export const batchSize = 100
const seed = 20_260_131
/** So many different operations, after which they come again. */
const variety = 4_096

/** Everything that the operations are given, made beforehand: operation n is the same for all. */
export interface Workload {
  readonly users: readonly { readonly id: string; readonly name: string }[]
  /** The rows that are there from the start, oldest first. */
  readonly rows: readonly (NewEmotion & { readonly id: string; readonly createdAt: Date })[]
  id(operation: number): string
  userId(operation: number): string
  input(operation: number): NewEmotion
  batch(operation: number): readonly NewEmotion[]
  patch(operation: number): EmotionPatch
}

const kinds: readonly Kind[] = ['happy', 'sad', 'calm', 'angry', 'afraid']
const words = ['after', 'the', 'meeting', 'a', 'long', 'walk', 'by', 'sea', 'with', 'friends', 'é']

export function createWorkload(size: TableSize = usualSize): Workload {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const note = () => Array.from({ length: 3 + random(6) }, () => pick(words)).join(' ')
  const many = <T>(length: number, make: (index: number) => T) =>
    Array.from({ length }, (_, index) => make(index))

  const users = many(size.users, (index) => ({ id: textId(index, random), name: `user ${index}` }))
  const input = (): NewEmotion => ({
    userId: pick(users).id,
    kind: pick(kinds),
    intensity: random(101),
    confidence: `${random(100)}.${String(random(100)).padStart(2, '0')}`,
    note: random(4) === 0 ? null : note(),
    active: random(2) === 1,
    data: { source: pick(['face', 'voice', 'text']), scores: many(3, () => random(1000) / 1000) },
  })
  const startMs = Date.UTC(2026, 0, 1)
  const rows = many(size.rows, (index) => ({
    ...input(),
    id: textId(index, random),
    createdAt: new Date(startMs + index * 60_000 + random(60_000)),
  }))
  const inputs = many(variety, input)
  const batches = many(64, (index) => inputs.slice(index * 32, index * 32 + batchSize))
  const ids = many(variety, () => pick(rows).id)
  const userIds = many(variety, () => pick(users).id)
  const patches = many(variety, () => ({ intensity: random(101), note: note() }))

  const cycle =
    <T>(list: readonly T[]) =>
    (operation: number) =>
      list[operation % list.length]!
  return {
    users,
    rows,
    id: cycle(ids),
    userId: cycle(userIds),
    input: cycle(inputs),
    batch: cycle(batches),
    patch: cycle(patches),
  }
}

/** A UUIDv7 of the first days of 2026; those that are made meanwhile all come after it. */
function textId(index: number, random: (below: number) => number): string {
  const time = (Date.UTC(2026, 0, 1) + index * 60_000).toString(16).padStart(12, '0')
  const digits = (length: number) => Array.from({ length }, () => random(16).toString(16)).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-8${digits(3)}-${digits(12)}`
}
