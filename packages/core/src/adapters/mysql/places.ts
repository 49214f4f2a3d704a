import { positionLost } from '../violations.ts'

/**
 * How far a log has been read whose numbers are given before transactions commit: all numbers up to
 * `highWater` but those in the gaps, which belong to transactions that may still commit.
 */
export interface Place {
  readonly highWater: number
  /** Ascending, with numbers between them that have been read, none beyond `highWater`. */
  readonly gaps: readonly Range[]
}

/** Numbers from the first to the last, both included. */
export type Range = readonly [first: number, last: number]

/** `<generation>:<highWater>`, and then `,first-last` or `,number` for each gap. */
export function formatPosition(generation: string, { highWater, gaps }: Place): string {
  const texts = gaps.map(([first, last]) => (first === last ? `,${first}` : `,${first}-${last}`))
  return `${generation}:${highWater}${texts.join('')}`
}

/** Throws PositionLost where a text is no position; it may come from anywhere. */
export function parsePosition(position: string): { generation: string; place: Place } {
  const form = /^([^:]*):(\d{1,15})((?:,\d{1,15}(?:-\d{1,15})?)*)$/
  const [, generation, highWater, rest] = form.exec(position) ?? []
  if (generation === undefined || rest === undefined) throw positionLost()
  const gaps = Array.from(rest.matchAll(/(\d+)(?:-(\d+))?/g), ([, first, last]): Range => {
    return [Number(first), Number(last ?? first)]
  })
  const place = { highWater: Number(highWater), gaps }
  const isInOrder = gaps.every(
    ([first, last], index) => first <= last && first > (gaps[index - 1]?.[1] ?? -1) + 1,
  )
  if (!isInOrder || (gaps.at(-1)?.[1] ?? 0) > place.highWater) throw positionLost()
  return { generation, place }
}

/** The first number that has not been read. */
export function firstUnread({ highWater, gaps }: Place): number {
  return gaps[0]?.[0] ?? highWater + 1
}

/** After reading all that is there of what was unread up to `end`; what is not there is a gap. */
export function advance(place: Place, found: readonly Range[], end: number): Place {
  const highWater = Math.max(place.highWater, end)
  return { highWater, gaps: without(unreadUpTo(place, highWater), found) }
}

/** What either of two has read. */
export function union(a: Place, b: Place): Place {
  const highWater = Math.max(a.highWater, b.highWater)
  const unread = unreadUpTo(a, highWater)
  // What both have not read is what remains of one without what the other has.
  return { highWater, gaps: without(unread, without(unread, unreadUpTo(b, highWater))) }
}

/** As few ranges as there can be, so that places which are equal are equal as texts. */
function unreadUpTo({ highWater, gaps }: Place, end: number): readonly Range[] {
  if (highWater === end) return gaps
  const last = gaps.at(-1)
  return last?.[1] === highWater
    ? [...gaps.slice(0, -1), [last[0], end]]
    : [...gaps, [highWater + 1, end]]
}

/** The parts of some ranges that others do not cover; both are ascending. */
export function without(ranges: readonly Range[], taken: readonly Range[]): Range[] {
  const left: Range[] = []
  let at = 0
  for (const [first, last] of ranges) {
    let start = first
    while (at < taken.length && taken[at]![1] < start) at++
    for (let i = at; i < taken.length && taken[i]![0] <= last; i++) {
      const [from, to] = taken[i]!
      if (from > start) left.push([start, from - 1])
      start = Math.max(start, to + 1)
    }
    if (start <= last) left.push([start, last])
  }
  return left
}

/** Tells in SQL which numbers a place has not read. */
export function isUnread({ highWater, gaps }: Place): string {
  return `(seq > ${highWater}${gaps.map((gap) => ` or ${isWithin(gap)}`).join('')})`
}

/** And which it has. */
export function isRead({ highWater, gaps }: Place): string {
  return `(seq <= ${highWater}${gaps.map((gap) => ` and not ${isWithin(gap)}`).join('')})`
}

function isWithin([first, last]: Range): string {
  return first === last ? `seq = ${first}` : `(seq between ${first} and ${last})`
}
