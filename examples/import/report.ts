import { isDeepStrictEqual } from 'node:util'
import type { ImportResult, Outcome } from './import.ts'

type Rows = readonly Readonly<Record<string, string | number | null>>[]

/** Names what two imports did not do, or do not compute, alike. */
export function differences(a: ImportResult, b: ImportResult): string[] {
  const parts = ({ movies, weather, figures }: ImportResult): [string, unknown][] =>
    Object.entries({ [movies.file]: movies, [weather.file]: weather, ...figures })
  const others = new Map(parts(b))
  return parts(a)
    .filter(([name, part]) => !isDeepStrictEqual(part, others.get(name)))
    .map(([name]) => name)
}

export function countsText({ file, read, inserted, refusals }: Readonly<Outcome>): string {
  return `${file}: ${read} read, ${inserted} inserted, ${refusals.length} refused`
}

export function figuresText({ figures }: ImportResult): string {
  return Object.entries<Rows>(figures)
    .map(([title, rows]) => `${title}\n${tableText(rows)}\n`)
    .join('\n')
}

/** The reasons, each with the lines of the rows that were refused for it. */
export function reasonsText({ file, refusals }: Outcome): string {
  const linesByReason = new Map<string, number[]>()
  for (const { line, reason } of refusals) {
    // Rows that differ only in the value at fault were refused for the same reason.
    const common = reason.replace(/, got .*/s, '')
    linesByReason.set(common, [...(linesByReason.get(common) ?? []), line])
  }
  return Array.from(linesByReason, ([reason, lines]) => {
    return `${file}: ${reason}\n  ${lines.length} refused, by line: ${lines.join(' ')}\n`
  }).join('')
}

/** Every refused row with its reason. */
export function refusalsText({ file, refusals }: Outcome): string {
  return refusals.map(({ line, reason }) => `${file}:${line} ${reason}\n`).join('')
}

function tableText(rows: Rows): string {
  const columns = Object.keys(rows[0] ?? {}).map((name) => columnTexts(name, rows))
  const lines = [-1, ...rows.keys()].map((row) => columns.map((cells) => cells[row + 1]).join('  '))
  return lines.map((line) => `  ${line.trimEnd()}`).join('\n')
}

/** A column's name and values, all of one width. */
function columnTexts(name: string, rows: Rows): string[] {
  const values = rows.map((row) => row[name])
  const isFraction = (value: unknown) => typeof value === 'number' && !Number.isInteger(value)
  const fractionDigits = values.some(isFraction) ? 2 : 0
  const { format } = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  })
  const texts = values.map((value) =>
    typeof value === 'number' ? format(value) : (value ?? '(none)'),
  )
  const cells = [name, ...texts]
  const width = Math.max(...cells.map(({ length }) => length))
  const isNumeric = texts.every((text) => /^-?[\d,.]+$/.test(text))
  return cells.map((cell) => (isNumeric ? cell.padStart(width) : cell.padEnd(width)))
}
