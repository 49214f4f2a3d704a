import * as fc from 'fast-check'

/** Texts that a store accepts, of few characters so that parts of them meet often. */
export const shortText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    'A',
    ' ',
    '%',
    '_',
    '\\',
    "'",
    'é',
    '\ud7ff',
    '\ue000',
    '😀',
    '\u{10ffff}',
  ),
  maxLength: 4,
})

/** Any well-formed text without NUL. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  shortText,
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
)
