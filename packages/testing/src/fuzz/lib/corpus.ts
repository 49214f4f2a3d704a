/**
 * Values on which engines are known to differ. Texts come in groups, because a run that has only
 * some of them gives each one room (swarm testing; Groce et al., ISSTA 2012).
 */
export const texts: Readonly<Record<string, readonly string[]>> = {
  plain: ['a', 'b', 'ab', 'ba', 'abc', 'abcabc', 'c', 'null'],
  case: ['A', 'a', 'aB', 'AB', 'Ab', 'ß', 'SS', 'ẞ', 'İ', 'i', 'ı', 'I', 'É', 'é', 'ﬁ', 'Σ', 'ς'],
  empty: ['', ' ', '  ', '\u00a0', '\u200b', '\u3000'],
  spaces: ['a', 'a ', ' a', 'a  ', '\ta', 'a\n', 'a\u00a0', 'a\r\n', '\r'],
  patterns: ['%', '_', 'a%', '%a', 'a_c', 'a\\', '\\', '\\%', '\\\\', '*', '?', '[a]', 'a[', '.'],
  quotes: ["'", '"', "''", '""', '`', "a'b", 'a"b', "\\'", "' or 1=1 --", "'; drop table a; --"],
  sql: ['?', '?1', ':a', '@a', '$1', '--', '/*', '*/', ';', 'select', 'null', 'rowid', "x'00'"],
  json: ['{}', '[]', '{"a":1}', '[1,2]', '"', '""', '\\u0041', '\\n', '{', 'true', 'null', '$.a'],
  names: ['__proto__', 'constructor', 'toString', 'then', 'undefined', 'NULL', '$where', 'NaN'],
  numbers: ['0', '1', '-1', '01', '1.0', '1e3', ' 1', '0x10', '9007199254740993', 'Infinity', '-0'],
  // Code points whose order by UTF-16 units differs from that by UTF-8 bytes, and the last of all.
  planes: ['\ud7ff', '\ue000', '\ufffd', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}', '￿a'],
  ends: ['\u{10ffff}', '\u{10ffff}\u{10ffff}', 'a\u{10ffff}', 'a\ud7ff', '\ud7ff', 'b', 'a\uffff'],
  marks: ['é', 'e\u0301', '\u0301', 'a\u0301', 'Å', 'A\u030a', '\u212b', '👨‍👩‍👧', '👨', '🇩🇪', '🇩'],
  directions: ['\u200f', '\u202e', 'a\u200f', '\u202eabc', 'שלום', 'مرحبا', '\ufeff', '\ufeffa'],
  controls: ['\u0001', '\u001f', '\u007f', '\u0085', '\u2028', '\u2029', 'a\u0001', '\u001a'],
  long: ['x'.repeat(191), `${'x'.repeat(190)}y`, '😀'.repeat(191), 'é'.repeat(95)],
}

/** Only where no maxLength stands against them. */
export const hugeTexts: readonly string[] = ['ab'.repeat(4_000), `${'ab'.repeat(4_000)}c`]

export const ints: Readonly<Record<string, readonly number[]>> = {
  small: [0, 1, 2, 3, -1, -2, 5],
  tens: [7, 9, 10, 11, 99, 100, -10, 19],
  words: [255, 256, 65_535, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32) - 1],
  edges: [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 53 - 2, 2 ** 52, 1e15, 0],
}

export const floats: Readonly<Record<string, readonly number[]>> = {
  small: [0, 1, -1, 0.5, 1.5, -1.5, 2, 3],
  inexact: [0.1, 0.2, 0.3, 0.1 + 0.2, 1 / 3, 4.35, 1.005, 2.675, -0.1, 0.7],
  written: [123456789.12345679, 1e23, 9.5e-5, 5e-7, 1.7e15, 8.41e21, 1e20, 1e21],
  // Above 2^53 JavaScript writes whole numbers that are not quite what they stand for.
  large: [2 ** 53, 2 ** 53 + 2, 2 ** 56, 2 ** 60 + 2 ** 8, -(2 ** 61), 2 ** 62, 2 ** 63, 2 ** 69],
  edges: [5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7e308, -1.7e308],
  ends: [1.7976931348623157e308, -1.7976931348623157e308, 0, 1],
}

export const bigints: Readonly<Record<string, readonly bigint[]>> = {
  small: [0n, 1n, 2n, -1n, 3n],
  lengths: [9n, 10n, 99n, 100n, -9n, -10n, 1_000n],
  doubles: [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), -(2n ** 53n) - 1n],
  words: [2n ** 31n, 2n ** 32n - 1n, -(2n ** 32n), 2n ** 62n, 4_294_967_297n],
  edges: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n - 2n, -(2n ** 63n) + 1n, 0n],
}

export const times: Readonly<Record<string, readonly string[]>> = {
  near: ['2024-02-29T12:34:56.789Z', '2024-02-29T12:34:56.788Z', '2024-03-01T00:00:00.000Z'],
  epoch: ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z', '1969-12-31T23:59:59.999Z'],
  rollover: ['2038-01-19T03:14:07.999Z', '2038-01-19T03:14:08.000Z', '1901-12-13T20:45:51.000Z'],
  edges: ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0099-12-31T23:59:59.999Z'],
}

export const dates: Readonly<Record<string, readonly string[]>> = {
  near: ['2024-02-28', '2024-02-29', '2024-03-01', '2000-02-29', '1900-02-28'],
  edges: ['0001-01-01', '9999-12-31', '0099-03-01', '1970-01-01', '1969-12-31'],
}

export const bytes: Readonly<Record<string, readonly (readonly number[])[]>> = {
  short: [[], [0], [0, 0], [1], [255], [128]],
  texts: [[0x61], [0x27], [0x61, 0x00, 0x62], [0xc3, 0xa9], [0xff, 0xfe]],
  long: [Array.from({ length: 256 }, (_, byte) => byte), Array.from({ length: 300 }, () => 0xde)],
}

/** Keys of JSON objects. A path may not use those with a dot, a quote or a backslash. */
export const jsonKeys: readonly string[] = [
  'a',
  'b',
  'A',
  'a b',
  '0',
  '1',
  'é',
  'e\u0301',
  '[0]',
  'a[0]',
  '#',
  '*',
  '😀',
  '\u2028',
  '\n',
  "it's",
  'length',
  'constructor',
  'x.y',
  'x"y',
  'x\\y',
  'null',
  ' ',
  '-1',
]

/** Names of fields, among them words of SQL and the names that engines give to things of theirs. */
export const fieldNames: readonly string[] = [
  'a',
  'b',
  'c',
  'order',
  'group',
  'select',
  'index',
  'value',
  'key',
  'type',
  'atom',
  'parent',
  'path',
  'json',
  'root',
  'rowid',
  'oid',
  'count',
  'm0_0',
  'userId',
  'HTTPCode',
  'x_1',
  'default',
  'limit',
  'excluded',
  'abs',
]

export const collectionNames: readonly string[] = ['items', 'order', 'table', 'group', 'Users']

export const enumValues: readonly (readonly string[])[] = [
  ['a', 'b', 'c'],
  ['B', 'a', 'A', ''],
  ["it's", '%', '_', 'é'],
  ['only'],
  ['\u{1f600}', '\uffff', 'z', 'NULL', '1', '0'],
]
