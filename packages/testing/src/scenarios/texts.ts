import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

/** Rows named by their place in the list, in the order of their texts' bytes. */
const named = (texts: readonly string[]): Step => ({
  call: 'samples.insertMany',
  with: [texts.map((text, index) => ({ id: idOf(index), text }))],
})
const idOf = (index: number) => String.fromCharCode(0x61 + index)
const idsOf = (texts: readonly string[]) => texts.map((_, index) => idOf(index))

const matching = matcher('samples')

/** In the order of UTF-8 bytes, which UTF-16, collations and natural orders all break somewhere. */
const ordered = [
  '',
  '\u0001',
  '\t',
  ' ',
  ' a',
  '!',
  '10',
  '9',
  'A',
  'Z',
  'a',
  'a\u0001',
  'a ',
  'aa',
  'a\u0301',
  'z',
  '\u007F',
  'ß',
  'á',
  '\uD7FF',
  '\uE000',
  '\uFFFD',
  '\uFFFF',
  '😀',
  '😁',
  '\u{10FFFF}',
]

const hostile = [
  "'; drop table notes; --",
  '"quoted" `back` \\ slash',
  '%_[]^*?',
  '$where',
  '${7 * 7} {{7 * 7}}',
  '\u202Eright to left\u2066',
  '\uFEFFbom',
  'e\u0301 é',
  'null',
  'NaN',
  '\r\n\t\b\f\u0085\u2028\u2029',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\u0001\u001F\u007F\u009F',
  ':a @b ?1 $1 #{c}',
  '{"json": [1, null]}',
]

export const texts: Behaviour = {
  name: 'texts',
  schema: 'samples',
  scenarios: [
    {
      name: 'every text comes back as it was, and is found by itself alone',
      steps: [
        named(hostile),
        { values: 'text', of: 'samples', are: hostile },
        ...hostile.flatMap((text, index): Step[] => [
          matching({ text }, idOf(index)),
          matching({ text: { in: [text] } }, idOf(index)),
          matching({ text: { in: [text, 'another'] } }, idOf(index)),
        ]),
      ],
    },
    {
      name: 'texts stand in the order of their UTF-8 bytes',
      steps: [
        named(ordered.toReversed()),
        {
          pages: 'samples',
          query: { orderBy: { text: 'asc' } },
          sizes: [1, 5],
          are: idsOf(ordered).toReversed(),
        },
        {
          pages: 'samples',
          query: { orderBy: { text: 'desc' } },
          sizes: [1, 5],
          are: idsOf(ordered),
        },
      ],
    },
    {
      name: 'ranges of texts follow the same order',
      steps: [
        named(ordered),
        ...ordered.flatMap((text, index): Step[] => [
          { matching: { text: { lt: text } }, of: 'samples', are: idsOf(ordered).slice(0, index) },
          { matching: { text: { gte: text } }, of: 'samples', are: idsOf(ordered).slice(index) },
        ]),
      ],
    },
    {
      name: 'case, accents and spaces count',
      steps: [
        named(['a', 'A', 'á', 'a\u0301', 'a ', ' a']),
        matching({ text: 'a' }, 'a'),
        matching({ text: 'A' }, 'b'),
        matching({ text: 'á' }, 'c'),
        matching({ text: 'a\u0301' }, 'd'),
        matching({ text: { in: ['a ', 'Á'] } }, 'e'),
        matching({ text: { contains: 'A' } }, 'b'),
        matching({ text: { startsWith: 'a' } }, 'ade'),
        matching({ text: { endsWith: 'a' } }, 'af'),
      ],
    },
    {
      name: 'contains, startsWith and endsWith know no wildcards',
      steps: [
        named(['100%', '100x', 'a_b', 'axb', 'a\\b', 'a\\\\b', "it's", 'its', '*', '[a]', 'a"b']),
        matching({ text: { contains: '%' } }, 'a'),
        matching({ text: { startsWith: '100%' } }, 'a'),
        matching({ text: { endsWith: '%' } }, 'a'),
        matching({ text: { contains: 'a_b' } }, 'c'),
        matching({ text: { startsWith: 'a_' } }, 'c'),
        matching({ text: { endsWith: '_b' } }, 'c'),
        matching({ text: { contains: '\\' } }, 'ef'),
        matching({ text: { contains: '\\\\' } }, 'f'),
        matching({ text: { startsWith: 'a\\' } }, 'ef'),
        matching({ text: { endsWith: '\\b' } }, 'ef'),
        matching({ text: { contains: "t'" } }, 'g'),
        matching({ text: { startsWith: "it'" } }, 'g'),
        matching({ text: { endsWith: "'s" } }, 'g'),
        matching({ text: { contains: '*' } }, 'i'),
        matching({ text: { contains: '[a' } }, 'j'),
        matching({ text: { startsWith: '[' } }, 'j'),
        matching({ text: { contains: '"' } }, 'k'),
        matching({ text: { contains: '?' } }, ''),
      ],
    },
    {
      name: 'parts of texts are found at the very end, past the end, and when they are all of it',
      steps: [
        named(['abc', 'ab', 'abcabc', '']),
        matching({ text: { contains: 'abc' } }, 'ac'),
        matching({ text: { startsWith: 'abc' } }, 'ac'),
        matching({ text: { endsWith: 'abc' } }, 'ac'),
        matching({ text: { endsWith: 'bcabc' } }, 'c'),
        matching({ text: { contains: 'abcabcabc' } }, ''),
        matching({ text: { endsWith: 'xabc' } }, ''),
        matching({ text: { startsWith: '' } }, 'abcd'),
        matching({ text: { contains: '', startsWith: '', endsWith: '' } }, 'abcd'),
      ],
    },
    {
      name: 'parts of texts are whole characters, beyond the sixteenth bit too',
      steps: [
        named(['😀', '😁', '👩‍👧', '\uD7FFx', '\uE000x', '\u{10FFFF}', '\u{10FFFF}x', '\uFFFD']),
        matching({ text: { contains: '😀' } }, 'a'),
        matching({ text: { startsWith: '😁' } }, 'b'),
        matching({ text: { endsWith: '👧' } }, 'c'),
        matching({ text: { startsWith: '👩' } }, 'c'),
        matching({ text: { contains: '\u200D' } }, 'c'),
        matching({ text: { startsWith: '\uD7FF' } }, 'd'),
        matching({ text: { startsWith: '\uE000' } }, 'e'),
        matching({ text: { startsWith: '\u{10FFFF}' } }, 'fg'),
        matching({ text: { endsWith: '\u{10FFFF}' } }, 'f'),
        matching({ text: { startsWith: '\uFFFD' } }, 'h'),
      ],
    },
    {
      name: 'startsWith, contains and endsWith work on ids',
      steps: [
        named(['x', 'x', 'x']),
        { call: 'samples.insert', with: [{ id: 'b%' }] },
        { matching: { id: { startsWith: 'b' } }, of: 'samples', are: ['b', 'b%'] },
        { matching: { id: { endsWith: '%' } }, of: 'samples', are: ['b%'] },
        { matching: { id: { contains: 'b' } }, of: 'samples', are: ['b', 'b%'] },
      ],
    },
    {
      name: 'NUL and half a surrogate pair are refused, in rows and in filters',
      steps: ['\0', 'a\0b', '\uD83D', 'a\uDE00', '\uDE00\uD83D'].flatMap((text): Step[] => {
        const fails = { code: 'InvalidValue', fields: ['text'] } as const
        return [
          { call: 'samples.insert', with: [{ text }], fails },
          { call: 'samples.find', with: [{ where: { text } }], fails },
          { call: 'samples.find', with: [{ where: { text: { in: ['a', text] } } }], fails },
          { call: 'samples.find', with: [{ where: { text: { contains: text } } }], fails },
          { call: 'samples.find', with: [{ where: { text: { startsWith: text } } }], fails },
          {
            call: 'samples.insert',
            with: [{ json: { deep: [text] } }],
            fails: { code: 'InvalidValue', fields: ['json'] },
          },
          {
            call: 'samples.insert',
            with: [{ json: { [text]: 1 } }],
            fails: { code: 'InvalidValue', fields: ['json'] },
          },
          {
            call: 'samples.insert',
            with: [{ array: ['a', text] }],
            fails: { code: 'InvalidValue', fields: ['array'] },
          },
          { call: 'samples.get', with: [text], fails: { code: 'InvalidValue', fields: ['id'] } },
        ]
      }),
    },
    {
      name: 'the longest text is counted in characters, and never cut',
      schema: 'required',
      steps: [
        {
          call: 'facts.insert',
          with: [
            {
              id: 'a',
              text: '👩👩👩👩👩',
              int: 1,
              boolean: true,
              timestamp: new Date(0),
              json: 1,
              array: [],
            },
          ],
          as: 'fact',
        },
        { check: the('fact.text'), gives: '👩👩👩👩👩' },
        {
          call: 'facts.update',
          with: ['a', { text: '123456' }],
          fails: { code: 'InvalidValue', fields: ['text'] },
        },
        {
          call: 'facts.find',
          with: [{ where: { text: '123456' } }],
          fails: { code: 'InvalidValue', fields: ['text'] },
        },
        { row: 'a', of: 'facts', has: { text: '👩👩👩👩👩' } },
      ],
    },
    {
      name: 'a text of a million characters is kept whole',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', text: `${'ä'.repeat(1_000_000)}!` }] },
        { row: 'a', of: 'samples', has: { text: `${'ä'.repeat(1_000_000)}!` } },
        matching({ text: { endsWith: 'ä!' } }, 'a'),
      ],
    },
    {
      name: 'a text is not a number, nor a number a text',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', text: '1', int: 1 }] },
        ...[
          { where: { text: 1 } },
          { where: { text: { in: ['1', 1] } } },
          { where: { text: { contains: 1 } } },
          { where: { text: true } },
        ].map((query): Step => ({
          call: 'samples.find',
          with: [query],
          fails: { code: 'InvalidValue', fields: ['text'] },
        })),
        matching({ text: '1' }, 'a'),
        matching({ text: '1.0' }, ''),
        matching({ text: '01' }, ''),
      ],
    },
  ],
}
