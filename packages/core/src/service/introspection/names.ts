import { namings, type Naming } from '../../schema/naming.ts'

/** `user_id` → `userId`; other names stay as they are, but for what stands before their first letter. */
function toCamelCase(name: string): string {
  const isSnakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name)
  const bare = name.replace(/^[^A-Za-z]+/, '')
  return isSnakeCase ? bare.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase()) : bare
}

/**
 * A name in the schema for each name in the database. `check` throws for names that may not be; what
 * is left then gets the suffix, and what is taken a number.
 */
export function nameAll(
  names: readonly string[],
  suffix: string,
  check: (name: string) => void,
): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  const isFree = (name: string) => !taken.has(name) && passes(check, name)
  return new Map(
    names.map((name) => {
      const chosen = choose(name, suffix, isFree)
      taken.add(chosen)
      return [name, chosen]
    }),
  )
}

function choose(name: string, suffix: string, isFree: (name: string) => boolean): string {
  const readable = toCamelCase(name)
  const [found] = [readable, name, `${readable}${suffix}`].filter(isFree)
  if (found !== undefined) return found
  const base = readable === '' ? suffix.toLowerCase() : `${readable}${suffix}`
  let count = 1
  while (!isFree(`${base}${count}`)) count++
  return `${base}${count}`
}

function passes(check: (name: string) => void, name: string): boolean {
  try {
    check(name)
    return true
  } catch {
    return false
  }
}

/** The naming that leaves fewer names to be given by hand. */
export function chooseNaming(
  names: Iterable<readonly [inDatabase: string, inSchema: string]>,
): Naming {
  let balance = 0
  for (const [inDatabase, inSchema] of names) {
    if (namings.snake_case(inSchema) === inDatabase) balance++
    if (inSchema === inDatabase) balance--
  }
  return balance > 0 ? 'snake_case' : 'as_is'
}
