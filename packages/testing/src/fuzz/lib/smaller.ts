import { equal, isRecord } from './plain.ts'

/** Values with less in them, the greatest steps first. */
export function* smaller(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) yield* smallerArrays(value)
  else if (isRecord(value)) yield* smallerRecords(value)
  else for (const simple of simplerLeaves(value)) yield simple
}

function* smallerArrays(array: readonly unknown[]): Iterable<unknown> {
  for (let size = array.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < array.length; from += size) yield array.toSpliced(from, size)
  }
  if (array.length === 1) yield []
  for (const [at, item] of array.entries()) {
    for (const less of smaller(item)) yield array.with(at, less)
  }
}

function* smallerRecords(record: Readonly<Record<string, unknown>>): Iterable<unknown> {
  const entries = Object.entries(record)
  for (const [key, value] of entries) {
    // A filter's part may do in the place of the whole.
    if (key === 'NOT') yield value
    if ((key === 'AND' || key === 'OR') && Array.isArray(value)) yield* value as unknown[]
  }
  for (const at of entries.keys()) yield Object.fromEntries(entries.toSpliced(at, 1))
  for (const [at, [key, value]] of entries.entries()) {
    for (const less of smaller(value)) yield Object.fromEntries(entries.with(at, [key, less]))
  }
}

function simplerLeaves(value: unknown): readonly unknown[] {
  const differs = (other: unknown) => !equal(other, value)
  switch (typeof value) {
    case 'string': {
      const points = Array.from(value)
      const half = points.slice(0, points.length >> 1).join('')
      const rest = points.slice(points.length >> 1).join('')
      const isBasic = value.length < 2 && value <= 'c'
      return isBasic ? [] : ['', 'a', half, rest, points.slice(1).join('')].filter(differs)
    }
    case 'number':
      return [0, 1, 2].includes(value) ? [] : [0, 1, 2, Math.trunc(value)].filter(differs)
    case 'bigint':
      return value === 0n || value === 1n ? [] : [0n, 1n]
    case 'object':
      if (value instanceof Date) return [new Date(0)].filter(differs)
      return value instanceof Uint8Array && value.length > 1
        ? [new Uint8Array(), Uint8Array.of(0), value.slice(0, value.length >> 1)]
        : []
    default:
      return []
  }
}
