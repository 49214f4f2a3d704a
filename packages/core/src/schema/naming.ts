import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { isPlainObject } from '../lib/json.ts'

/** How a name in the schema becomes a name in the database, where none is given by hand. */
export type Naming = 'as_is' | 'snake_case'

export const namings: { readonly [N in Naming]: (name: string) => string } = {
  as_is: (name) => name,
  snake_case: toSnakeCase,
}

/** `userId` → `user_id`, `HTTPServer2` → `http_server2`. */
function toSnakeCase(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/**
 * What no collection may be named, because `data.<name>` is, or will be, something else. The list
 * is frozen: it never grows, so a new version of Wherry cannot take a name from an application.
 */
export const reservedNames = [
  'connect',
  'close',
  'ping',
  'stats',
  'transaction',
  'collection',
  'live',
  'channel',
  'on',
  'off',
  'query',
  'status',
  'schema',
  'doctor',
  'introspect',
  'events',
  // A promise resolves an object that has `then` by calling it, and JSON asks for `toJSON`.
  'then',
  'catch',
  'finally',
  'toJSON',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
] as const
export type ReservedName = (typeof reservedNames)[number]

const reservedCollections: ReadonlySet<string> = /* @__PURE__ */ new Set(reservedNames)
const reservedFields: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/** Every engine quotes such names, none folds or cuts them: PostgreSQL cuts at 63 bytes. */
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

export function checkCollectionName(name: string): void {
  checkIdentifier('A collection', name)
  if (reservedCollections.has(name)) {
    throw invalidSchema(`A collection may not be named '${name}': the name is reserved; rename it`)
  }
}

/** For fields and relations, which share one namespace: both become properties of a row. */
export function checkMemberName(
  what: 'field' | 'relation',
  collection: string,
  name: string,
): void {
  checkIdentifier(`A ${what} of '${collection}'`, name)
  if (reservedFields.has(name)) {
    throw invalidSchema(
      `A ${what} of '${collection}' may not be named '${name}', which joins filters; rename it`,
    )
  }
  if (name in Object.prototype) {
    throw invalidSchema(
      `A ${what} of '${collection}' may not be named '${name}': every JavaScript object has a ` +
        `member of that name; rename it, and keep the column's name with .column('${name}')`,
    )
  }
}

/**
 * Tables of engines, of Wherry itself, functions that a table of that name would hide, and the name
 * that upserts have for the row that was to be inserted.
 */
const takenTable = /^(?:sqlite_|pg_|pragma_|wherry_)|^(?:json_each|json_tree|excluded)$/i

export function checkTableName(what: string, name: unknown): void {
  checkDatabaseName(what, name)
  if (!takenTable.test(name as string)) return
  throw invalidSchema(
    `${what} cannot be '${name as string}': the name is taken; choose another one with .table('…')`,
  )
}

export function checkDatabaseName(what: string, name: unknown): void {
  if (typeof name === 'string' && databaseName.test(name)) return
  throw invalidSchema(
    `${what} cannot be ${JSON.stringify(name)}: a name in the database has 1 to 63 letters, ` +
      'digits and underscores, and begins with no digit',
  )
}

function checkIdentifier(what: string, name: string): void {
  if (name.startsWith('$') || name.startsWith('__')) {
    throw invalidSchema(
      `${what} may not be named ${JSON.stringify(name)}: names that begin with '$' or '__' belong ` +
        'to Wherry and its engines; rename it',
    )
  }
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    throw invalidSchema(
      `${what} may not be named ${JSON.stringify(name)}: use a letter, then letters, digits and ` +
        'underscores',
    )
  }
}

/** Refuses options that do not exist: a misspelt one must not be ignored. */
export function checkSchemaOptions(
  what: string,
  options: unknown,
  allowed: readonly string[],
): void {
  if (!isPlainObject(options)) {
    throw invalidSchema(
      `${what} takes an object such as { ${allowed.join(', ')} }, ${got(options)}`,
    )
  }
  const unknown = Object.keys(options).find((key) => !allowed.includes(key))
  if (unknown === undefined) return
  const known = allowed.map((name) => `'${name}'`).join(', ')
  throw invalidSchema(`${what} has no option '${unknown}'; it has ${known}`)
}

export function invalidSchema(
  message: string,
  collection?: string,
  fields?: string[],
): WherryError {
  return new WherryError('InvalidSchema', message, {
    ...(collection !== undefined && { collection }),
    ...(fields !== undefined && { fields }),
  })
}
