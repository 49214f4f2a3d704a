import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText, textAfterPrefix, textFault } from '../../src/lib/text.ts'
import { check } from '../support/check.ts'
import { anyText, shortText } from '../support/texts.ts'

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('compareText', () => {
  it('orders as UTF-8 bytes do', () => {
    check(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(byBytes(a, b))
      }),
      3_000,
    )
  })

  it('orders texts with a common beginning as UTF-8 bytes do', () => {
    check(
      fc.property(anyText, shortText, shortText, (head, a, b) => {
        expect(Math.sign(compareText(head + a, head + b))).toBe(byBytes(head + a, head + b))
      }),
      3_000,
    )
  })

  it('puts characters beyond U+FFFF after all others, where JavaScript does not', () => {
    expect(['😀', '\uffff'].sort()).toEqual(['😀', '\uffff'])
    expect(compareText('\uffff', '😀')).toBeLessThan(0)
    expect(compareText('\ue000', '\u{10000}')).toBeLessThan(0)
  })

  it('tells case, accents and spaces apart', () => {
    const texts = ['', ' ', 'A', 'B', 'a', 'a ', 'b', 'á', '😀']
    expect(texts.toReversed().sort(compareText)).toEqual(texts)
  })
})

describe('textAfterPrefix', () => {
  it.each([
    ['a', 'b'],
    ['az', 'a{'],
    ['a\u{10ffff}', 'b'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '\u{10000}'],
    ['😀', '😁'],
  ])('of %j is %j', (prefix, after) => {
    expect(textAfterPrefix(prefix)).toBe(after)
  })

  it('takes a prefix of any length', () => {
    const long = 'a'.repeat(300_000)
    expect(textAfterPrefix(`${long}b`)).toBe(`${long}c`)
  })

  it.each(['', '\u{10ffff}', '\u{10ffff}\u{10ffff}'])('of %j is nothing', (prefix) => {
    expect(textAfterPrefix(prefix)).toBeUndefined()
  })

  it('bounds exactly the texts that start with the prefix', () => {
    check(
      fc.property(shortText, shortText, anyText, (prefix, tail, other) => {
        const after = textAfterPrefix(prefix)
        for (const text of [prefix + tail, other]) {
          const within =
            compareText(prefix, text) <= 0 && (after === undefined || compareText(text, after) < 0)
          expect(within).toBe(text.startsWith(prefix))
        }
        expect(after === undefined || after.isWellFormed()).toBe(true)
      }),
      3_000,
    )
  })
})

describe('textFault', () => {
  it('finds nothing wrong with well-formed text', () => {
    check(
      fc.property(anyText, (text) => {
        expect(textFault(text)).toBeUndefined()
      }),
    )
  })

  it.each(['\0', 'a\0b', '\ud800', 'a\udc00', '\udc00\ud800', '😀\ud83d'])('refuses %j', (text) => {
    expect(textFault(text)).toMatch(/NUL.*; remove it|surrogate pair; cut texts/)
  })
})
