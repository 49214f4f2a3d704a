import { isPlainObject } from '../../lib/json.ts'

/** A value of JSON, or a bigint, as TypeScript. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (!isPlainObject(value)) return String(value).replace('e+', 'e')
  const members = Object.entries(value).map(([name, each]) => `${nameOf(name)}: ${literal(each)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** In the quotes that need to be escaped less often. */
function quote(text: string): string {
  const doubled = JSON.stringify(text)
  const isBetterDoubled = text.split("'").length > text.split('"').length
  if (isBetterDoubled) return doubled
  return `'${doubled.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function nameOf(name: string): string {
  return identifier.test(name) && !beyondBmp.test(name) ? name : quote(name)
}

/** Those of the first Unicode plane, as older parsers know them; formatters quote the others. */
const identifier = /^[$_\p{L}\p{Nl}][$_\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u
const beyondBmp = /[\u{10000}-\u{10ffff}]/u
