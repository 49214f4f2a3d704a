/**
 * Markers stand in a scenario's data for what is only known when it runs. They are plain objects
 * with one key that begins with '@', which no field, operator or option of Wherry does, so a
 * scenario stays data that any runner can interpret.
 */
export type Marker = ResultMarker | AnyMarker | LengthMarker

/** What an earlier step kept under a name, or a place in it: 'note', 'note.id', 'rows.0.title'. */
export interface ResultMarker {
  readonly '@': string
  /** Adds this to the number that stands there. */
  readonly plus?: number
}

/** In expectations: any value of a sort. */
export interface AnyMarker {
  readonly '@any': AnySort
}
export type AnySort = 'id' | 'time' | 'text' | 'number' | 'positive' | 'boolean'

/** In expectations: an array of so many items. */
export interface LengthMarker {
  readonly '@length': number
}

export function the(place: string, change: { readonly plus?: number } = {}): ResultMarker {
  return { '@': place, ...change }
}

export function anyKind(sort: AnySort): AnyMarker {
  return { '@any': sort }
}

export function length(count: number): LengthMarker {
  return { '@length': count }
}

/** Deeper than any marker stands; what is nested deeper (on purpose) is passed on as it is. */
const maxDepth = 20

/** The data with the results of earlier steps in their places. Without any it is not copied. */
export function resolve(data: unknown, results: ReadonlyMap<string, unknown>, depth = 0): unknown {
  if (typeof data !== 'object' || data === null || depth > maxDepth) return data
  if ('@' in data && typeof data['@'] === 'string') {
    return resolveResult(data as ResultMarker, results)
  }
  if (Array.isArray(data)) {
    const items = data.map((item) => resolve(item, results, depth + 1))
    return items.some((item, index) => item !== data[index]) ? items : data
  }
  const prototype: unknown = Object.getPrototypeOf(data)
  if (prototype !== Object.prototype && prototype !== null) return data
  const before = Object.entries(data)
  const after = before.map(([key, value]) => [key, resolve(value, results, depth + 1)] as const)
  return after.some(([, value], index) => value !== before[index]![1])
    ? Object.fromEntries(after)
    : data
}

function resolveResult({ '@': place, plus }: ResultMarker, results: ReadonlyMap<string, unknown>) {
  const [name = '', ...path] = place.split('.')
  if (!results.has(name)) throw new Error(`no earlier step kept a result as '${name}'`)
  const value = valueAt(results.get(name), path)
  return plus === undefined ? value : (value as number) + plus
}

/** What stands at a place in a value; undefined where there is nothing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const step of path) found = (found as Record<string, unknown> | null | undefined)?.[step]
  return found
}
