import { isRecord } from './plain.ts'

/** A value as TypeScript that makes it, on one line where it is short. */
export function print(value: unknown, indent: string = ''): string {
  if (Array.isArray(value)) {
    return wrap(
      '[',
      value.map((item) => print(item, `${indent}  `)),
      ']',
      indent,
    )
  }
  if (isRecord(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${printKey(key)}: ${print(item, `${indent}  `)}`,
    )
    return wrap('{ ', entries, ' }', indent)
  }
  return printLeaf(value)
}

function wrap(open: string, parts: readonly string[], close: string, indent: string): string {
  if (parts.length === 0) return open.trim() + close.trim()
  const line = open + parts.join(', ') + close
  if (line.length <= 96 && !line.includes('\n')) return line
  const inner = parts.map((part) => `${indent}  ${part},\n`).join('')
  return `${open.trim()}\n${inner}${indent}${close.trim()}`
}

function printKey(key: string): string {
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : printText(key)
}

function printLeaf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return printText(value)
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'object':
      if (value instanceof Date) return printDate(value)
      if (value instanceof Uint8Array) return `Uint8Array.of(${Array.from(value).join(', ')})`
      return 'null'
    default:
      return String(value)
  }
}

function printDate(date: Date): string {
  const ms = date.getTime()
  if (Number.isNaN(ms)) return 'new Date(NaN)'
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? `new Date('${date.toISOString()}')` : `new Date(${ms})`
}

/** Quoted, with everything escaped that an editor or a terminal would not show as it is. */
function printText(text: string): string {
  const repeated = /^(.{1,4}?)\1{40,}$/su.exec(text)
  if (repeated) {
    return `${printText(repeated[1]!)}.repeat(${text.length / repeated[1]!.length})`
  }
  const escaped = text.replace(/[\\']|[^\x20-\x7e]/gu, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`
    const point = character.codePointAt(0)!
    return point > 0xffff
      ? `\\u{${point.toString(16)}}`
      : `\\u${point.toString(16).padStart(4, '0')}`
  })
  return `'${escaped}'`
}
