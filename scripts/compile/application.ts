/**
 * An imaginary application: many collections, and many statements that use them in every way. This
 * file says what it consists of; each file beside it says how one library writes that. The same
 * sizes give the same text, so what it costs to check can be compared.
 */
export interface Sizes {
  readonly collections: number
  readonly statements: number
  /** Statements in one file. */
  readonly perFile: number
}

/**
 * The fields of every collection, in the order of their declaration. `$t` stands for the number of
 * the collection, so that no two have the same type.
 */
const fields = {
  id: 'a key that is generated',
  parentId: 'refers to $p',
  otherId: 'refers to $o, nullable',
  name$t: 'text of at most 191 characters',
  email: 'text of at most 191 characters, unique',
  note: 'text, nullable',
  size: 'an integer',
  rank: 'an integer, 0 by default',
  total: 'a big integer, nullable',
  ratio: 'a float',
  price: 'a decimal of 12 digits, 2 of them after the point, as text; 0.00 by default',
  active: 'true by default',
  kind: "'red', 'green' or 'blue$t'",
  tags: 'an array of text',
  address: 'JSON that is an Address, nullable',
  photo: 'bytes, nullable',
  day: 'a date as text',
  createdAt: 'the time of the insert; also indexed together with parentId',
  updatedAt: 'the time of the last write',
  version: 'an integer that counts the writes',
}

/**
 * What applications do, about as often as they do it: the statements repeat in this order. `$c` is
 * the collection, `$n` the number of the statement. Each uses what it gets.
 */
const statements = {
  find: 'the 20 newest rows that are active and have this parent',
  findOne: 'a row by a unique field, or nothing',
  select: 'three fields of the rows in a range',
  insert: 'a row with all that has no default; the row',
  update: 'an increment and two values by key and version; a wrong value of `kind` is an error',
  get: 'a row by key',
  or: 'rows by alternatives, one of them a list, one a negation, one what an array contains',
  aggregate: 'a count, a maximum and a sum by two fields, the largest groups first',
  json: 'two fields of the rows with a number inside of JSON',
  page: '50 rows in the order of two fields',
  updateMany: 'a value and an increment in all rows that match; how many they are',
  upsert: 'a row, or an increment where its unique field exists; the row',
  count: 'how many rows begin so, and a delete of all rows that match',
  transaction: 'a row that is locked, and an update by what it holds',
  stream: 'rows one by one',
}

/** The interface of the field `address`, for the head of a schema. */
export const addressText =
  'interface Address { street: string; city: string; tags: string[]; at: { lat: number; lon: number } }'

/**
 * How a library writes the application. In all texts `$c` stands for the name of a collection, `$t`
 * for its number, `$p` for the collection that `parentId` refers to, `$o` for that of `otherId`, and
 * `$k` for the one whose `parentId` refers to this.
 */
export interface Library {
  /** The file `schema.ts`; `each` repeats a text for every collection, with its own names. */
  schema(each: (text: string) => string): string
  /** The head of a file of statements: imports, and what the statements begin with. */
  readonly head: string
  readonly statements: Record<keyof typeof statements, string>
}

/** The declarations of all fields, each text after the name of its field. */
export function fieldsText(texts: Record<keyof typeof fields, string>): string {
  return Object.entries(texts)
    .map(([name, text]) => `  ${name}: ${text},`)
    .join('\n')
}

/** File name to text. `empty.ts` is what remains of a file without its statements. */
export function writeApplication(library: Library, sizes: Sizes): Map<string, string> {
  const { collections, perFile } = sizes
  const each = (text: string) =>
    range(collections)
      .map((n) => fill(text, namesOf(n, collections)))
      .join('\n')
  const files = new Map([
    ['package.json', '{ "type": "module" }\n'],
    ['schema.ts', library.schema(each)],
    ['empty.ts', `${library.head}export {}\n`],
  ])
  const texts = Object.values(library.statements)
  for (let first = 0; first < sizes.statements; first += perFile) {
    const numbers = range(Math.min(perFile, sizes.statements - first)).map((index) => first + index)
    const body = numbers.map((n) => {
      const names = { ...namesOf(n % collections, collections), n: String(n) }
      return `${fill(texts[n % texts.length]!, names)}\n`
    })
    const use = `export async function use() {\n${body.join('')}}\n`
    files.set(`use${first / perFile}.ts`, library.head + use)
  }
  return files
}

function namesOf(n: number, collections: number): Record<string, string> {
  const thing = (distance: number) => `thing${(n + distance + collections) % collections}`
  return { c: thing(0), p: thing(1), o: thing(2), k: thing(-1), t: String(n) }
}

/** What a library itself calls `$type` or `$count` is none of these names. */
function fill(text: string, names: Record<string, string>): string {
  return text.replaceAll(/\$([a-z])(?![a-z])/g, (whole, name: string) => names[name] ?? whole)
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
