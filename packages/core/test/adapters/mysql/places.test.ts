import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  firstUnread,
  formatPosition,
  isRead,
  isUnread,
  parsePosition,
  union,
  type Place,
  type Range,
} from '../../../src/adapters/mysql/places.ts'
import { rejectedCode } from '../../support/errors.ts'

const most = 40

/** A place by what it has read, which says the same in a clumsier way. */
function read({ highWater, gaps }: Place): Set<number> {
  const numbers = new Set(Array.from({ length: highWater }, (_, index) => index + 1))
  for (const [first, last] of gaps) for (let n = first; n <= last; n++) numbers.delete(n)
  return numbers
}

function rangesOf(numbers: Iterable<number>): Range[] {
  return Array.from(numbers, (n): Range => [n, n]).sort(([a], [b]) => a - b)
}

const start: Place = { highWater: 0, gaps: [] }
const anyNumbers = fc.uniqueArray(fc.integer({ min: 1, max: most }))
const anyPlace = fc
  .tuple(anyNumbers, fc.integer({ min: 0, max: most }))
  .map(([numbers, end]) => advance(start, rangesOf(numbers), Math.max(end, 0, ...numbers)))

describe('a place in a log with gaps', () => {
  it('is told by its position', () => {
    fc.assert(
      fc.property(anyPlace, (place) => {
        expect(parsePosition(formatPosition('a1', place))).toEqual({ generation: 'a1', place })
      }),
    )
    const place: Place = { highWater: 9, gaps: [[2, 2], [4, 6]] } // prettier-ignore
    expect(formatPosition('g', place)).toBe('g:9,2,4-6')
  })

  it.each([
    '',
    'g',
    'g:',
    'g:-1',
    'g:1,',
    'g:9,5,4',
    'g:9,6-5',
    'g:9,4-6,6',
    'g:9,4-6,7',
    'g:9,0',
    'g:3,4',
    'g:9,2-3-4',
  ])('is nowhere where a position is %j', async (position) => {
    expect(await rejectedCode(async () => parsePosition(position))).toBe('PositionLost')
  })

  it('has read after a look all that was there, and nothing else', () => {
    fc.assert(
      fc.property(anyPlace, anyNumbers, (place, there) => {
        const before = read(place)
        const unread = there.filter((n) => !before.has(n))
        const after = advance(place, rangesOf(unread), Math.max(0, ...unread))
        expect(read(after)).toEqual(new Set([...before, ...unread]))
      }),
    )
  })

  it('has read with another what either has', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (a, b) => {
        expect(read(union(a, b))).toEqual(new Set([...read(a), ...read(b)]))
        expect(union(a, b)).toEqual(union(b, a))
      }),
    )
  })

  it('says in SQL what it has read', () => {
    const place: Place = { highWater: 9, gaps: [[2, 2], [4, 6]] } // prettier-ignore
    expect(isUnread(place)).toBe('(seq > 9 or seq = 2 or (seq between 4 and 6))')
    expect(isRead(place)).toBe('(seq <= 9 and not seq = 2 and not (seq between 4 and 6))')
    expect([firstUnread(place), firstUnread({ highWater: 9, gaps: [] })]).toEqual([2, 10])
  })
})
