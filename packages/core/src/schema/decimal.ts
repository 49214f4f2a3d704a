import type { ValueType } from './definition.ts'
import { got } from '../lib/got.ts'
import { expected, Misfit } from './misfit.ts'

/** Most digits in all: what a whole number of 64 bits holds, which is what some engines keep. */
export const maxPrecision = 18

// The lookarounds leave one place where a row of zeros can end or begin: trying each would take a
// time that grows with the square of its length.
const form = /^(-?)0*(?!0\d)(\d+)(?:\.(\d+))?$/
const zerosAtEnd = /(?<!0)0+$/

/** A decimal as text, padded to its scale and without leading zeros; never rounded. */
export function acceptDecimal(value: unknown, type: ValueType): string {
  const { precision = maxPrecision, scale = 0 } = type
  if (typeof value === 'string' && isCanonical(value, precision, scale)) return value
  const match = typeof value === 'string' && form.exec(value)
  if (!match) throw expected(`a decimal as text, such as '${(1.5).toFixed(scale)}'`, value)
  const [, sign, whole, written = ''] = match as unknown as [string, string, string, string?]
  const fraction = written.replace(zerosAtEnd, '').padEnd(scale, '0')
  if (fraction.length > scale) {
    throw new Misfit(`must have at most ${scale} digits after the point, ${got(value)}`)
  }
  if (whole.length > precision - scale && whole !== '0') {
    throw new Misfit(
      `must have at most ${precision - scale} digits before the point, ${got(value)}`,
      'OutOfRange',
    )
  }
  const digits = scale === 0 ? whole : `${whole}.${fraction}`
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

/** Both are of one scale and without leading zeros, so length decides before digits do. */
export function compareDecimal(a: string, b: string): number {
  const minus = a.startsWith('-')
  if (minus !== b.startsWith('-')) return minus ? -1 : 1
  const difference = a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
  return minus ? -difference : difference
}

/** The whole number that `'12.50'` with scale 2 stands for: 1250n. */
export function decimalToScaled(decimal: string): bigint {
  return BigInt(decimal.replace('.', ''))
}

/** The reverse: 1250n with scale 2 is `'12.50'`. */
export function scaledToDecimal(scaled: bigint | number, scale: number): string {
  if (scale === 0) return String(scaled)
  const minus = scaled < 0
  const digits = String(minus ? -scaled : scaled).padStart(scale + 1, '0')
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return minus ? `-${text}` : text
}

const canonicalForm = /^(?:0|[1-9]\d*)(?:\.\d+)?$/

/** Most decimals come padded already; seeing that spares taking them apart. */
function isCanonical(value: string, precision: number, scale: number): boolean {
  const longest = precision + (scale === 0 ? 0 : 1)
  const isPadded = scale === 0 ? !value.includes('.') : value.at(-scale - 1) === '.'
  return value.length <= longest && isPadded && canonicalForm.test(value)
}
