import { textAfterPrefix } from '../lib/text.ts'
import type { Filter, Test } from '../query/ast.ts'
import { identity } from '../query/evaluate.ts'
import type { FieldDefinition, Row } from '../schema/definition.ts'
import { kinds, type Primitive } from '../schema/kinds.ts'
import { IntervalTree } from './interval-tree.ts'
import type { LiveExplanation } from './live-event.ts'

/** What one field of a row has to be for a filter to match it; of several, one is enough. */
type Handle = ValueHandle | IntervalHandle

interface ValueHandle {
  readonly is: 'values'
  readonly field: FieldDefinition
  readonly values: readonly (Primitive | null)[]
}

interface IntervalHandle {
  readonly is: 'interval'
  readonly field: FieldDefinition
  readonly low?: unknown
  readonly high?: unknown
}

/**
 * Finds the filters that a row may match without trying all of them: what asks for equality by a
 * hash of the value, what asks for a range in a tree of intervals. Only what asks for neither is
 * found by every row.
 */
export class PredicateIndex<T> {
  readonly #values = new Map<
    string,
    { readonly field: FieldDefinition; readonly items: Buckets<T> }
  >()
  readonly #intervals = new Map<string, IntervalTree<unknown, T>>()
  readonly #rest = new Set<T>()

  /** Adds an item under its filter; returns what removes it. */
  add(filter: Filter, item: T): () => void {
    const handles = handlesOf(filter)
    if (handles === undefined) {
      this.#rest.add(item)
      return () => void this.#rest.delete(item)
    }
    const removals = handles.flatMap((handle) =>
      handle.is === 'values' ? this.#addValues(handle, item) : [this.#addInterval(handle, item)],
    )
    // Most have one, of which there may be very many.
    if (removals.length === 1) return removals[0]!
    return () => {
      for (const remove of removals) remove()
    }
  }

  /** Calls back with everything whose filter may match the row; with some of it more than once. */
  forEachOf(row: Row, visit: (item: T) => void): void {
    for (const item of this.#rest) visit(item)
    for (const { field, items } of this.#values.values()) {
      const value = row[field.name]
      items.get(value === null ? null : identity(field, value))?.forEach(visit)
    }
    for (const [name, intervals] of this.#intervals) {
      const value = row[name]
      if (value !== null) intervals.forEachAt(value, visit)
    }
  }

  #addValues({ field, values }: ValueHandle, item: T): (() => void)[] {
    let indexed = this.#values.get(field.name)
    if (indexed === undefined) this.#values.set(field.name, (indexed = { field, items: new Map() }))
    const { items } = indexed
    return values.map((value) => {
      let bucket = items.get(value)
      if (bucket === undefined) items.set(value, (bucket = new Set()))
      bucket.add(item)
      return () => {
        bucket.delete(item)
        if (bucket.size === 0 && items.get(value) === bucket) items.delete(value)
      }
    })
  }

  #addInterval({ field, low, high }: IntervalHandle, item: T): () => void {
    let intervals = this.#intervals.get(field.name)
    if (intervals === undefined) {
      const compare = kinds[field.kind].compare as (a: unknown, b: unknown) => number
      this.#intervals.set(field.name, (intervals = new IntervalTree(compare)))
    }
    return intervals.add(low, high, item)
  }
}

/** By what a change finds a query of this filter. */
export function explainFilter(filter: Filter): Pick<LiveExplanation, 'foundBy' | 'fields'> {
  const handles = handlesOf(filter)
  if (handles === undefined) return { foundBy: 'every change', fields: [] }
  const fields = [...new Set(handles.map(({ field }) => field.name))]
  const isRanged = handles.some((handle) => handle.is === 'interval')
  return { foundBy: isRanged ? 'range' : 'value', fields }
}

type Buckets<T> = Map<Primitive | null, Set<T>>

/** A filter of more values than this is tried on every row: it would stand in too many places. */
const mostValues = 1_000

/** The narrowest that can be said of a filter: one of these is true of every row that matches. */
function handlesOf(filter: Filter): readonly Handle[] | undefined {
  switch (filter.kind) {
    case 'every':
      return undefined
    case 'none':
      return []
    case 'and':
      return narrowest(filter.terms)
    case 'or': {
      const owns = filter.terms.map(handlesOf)
      if (!owns.every((own) => own !== undefined)) return undefined
      const handles = owns.flat()
      return breadthOf(handles) > mostValues ? undefined : handles
    }
    case 'test': {
      const handle = handleOf(filter)
      return handle === undefined || breadthOf([handle]) > mostValues ? undefined : [handle]
    }
  }
}

function narrowest(terms: readonly Filter[]): readonly Handle[] | undefined {
  const intervals = new Map<FieldDefinition, IntervalHandle>()
  let best: readonly Handle[] | undefined
  for (const term of terms) {
    let handles = handlesOf(term)
    const [only] = handles ?? []
    if (handles?.length === 1 && only?.is === 'interval') {
      const joined = intersection(intervals.get(only.field), only)
      intervals.set(only.field, joined)
      handles = [joined]
    }
    if (handles !== undefined && (best === undefined || isNarrower(handles, best))) best = handles
  }
  return best
}

/** Few values are narrower than many, and any of them than an interval; a closed one than an open one. */
function isNarrower(handles: readonly Handle[], than: readonly Handle[]): boolean {
  return widthOf(handles) <= widthOf(than)
}

function widthOf(handles: readonly Handle[]): number {
  let width = 0
  for (const handle of handles) {
    if (handle.is === 'values') width += handle.values.length
    else width += handle.low === undefined || handle.high === undefined ? 1e6 : 1e4
  }
  return width
}

function breadthOf(handles: readonly Handle[]): number {
  return handles.reduce(
    (sum, handle) => sum + (handle.is === 'values' ? handle.values.length : 1),
    0,
  )
}

function intersection(a: IntervalHandle | undefined, b: IntervalHandle): IntervalHandle {
  if (a === undefined) return b
  const { field } = b
  const compare = kinds[field.kind].compare as (a: unknown, b: unknown) => number
  const later = a.low === undefined || (b.low !== undefined && compare(b.low, a.low) > 0)
  const sooner = a.high === undefined || (b.high !== undefined && compare(b.high, a.high) < 0)
  return { is: 'interval', field, low: later ? b.low : a.low, high: sooner ? b.high : a.high }
}

function handleOf({ field, path, operator, operand, negated }: Test): Handle | undefined {
  if (negated || path !== undefined) return undefined
  switch (operator) {
    case 'null':
      return { is: 'values', field, values: [null] }
    case 'eq':
      return { is: 'values', field, values: [identity(field, operand)] }
    case 'in':
      return {
        is: 'values',
        field,
        values: (operand as unknown[]).map((item) => identity(field, item)),
      }
    case 'gt':
    case 'gte':
      return { is: 'interval', field, low: operand }
    case 'lt':
    case 'lte':
      return { is: 'interval', field, high: operand }
    case 'startsWith':
      return { is: 'interval', field, low: operand, high: textAfterPrefix(operand as string) }
    default:
      return undefined
  }
}
