import type { MatchingStep, Step } from './scenario.ts'

/** Makes steps that say which rows of one collection match; each letter of `are` is an id. */
export function matcher(of: string): (where: unknown, are: string) => MatchingStep {
  return (where, are) => ({ matching: where, of, are: Array.from(are) })
}

/**
 * Rows with one value each, given from the least to the greatest: they come back as they were,
 * stand in this order, and are found each by itself, by `in` and by `ne`.
 */
export function ascending(of: string, field: string, values: readonly unknown[]): readonly Step[] {
  const ids = idsFor(values)
  const rows = values.map((value, index) => ({ id: ids[index], [field]: value }))
  const order = (direction: string, sizes: readonly number[], are: readonly string[]): Step => ({
    pages: of,
    query: { orderBy: { [field]: direction } },
    sizes,
    are,
  })
  return [
    { call: `${of}.insertMany`, with: [rows.toReversed()] },
    { values: field, of, are: values },
    order('asc', [1, 2], ids),
    order('desc', [1], ids.toReversed()),
    ...values.flatMap((value, index): Step[] => [
      { matching: { [field]: value }, of, are: [ids[index]!] },
      {
        matching: { [field]: { in: [value, values[0]] } },
        of,
        are: ids.filter((_, at) => at === index || at === 0),
      },
      { matching: { [field]: { ne: value } }, of, are: ids.filter((_, at) => at !== index) },
    ]),
  ]
}

/** Every range of these rows begins and ends where it should. */
export function ranges(of: string, field: string, values: readonly unknown[]): readonly Step[] {
  const ids = idsFor(values)
  return values.flatMap((value, index): Step[] => [
    { matching: { [field]: { gt: value } }, of, are: ids.slice(index + 1) },
    { matching: { [field]: { gte: value } }, of, are: ids.slice(index) },
    { matching: { [field]: { lt: value } }, of, are: ids.slice(0, index) },
    { matching: { [field]: { lte: value } }, of, are: ids.slice(0, index + 1) },
  ])
}

/** Neither a row nor a filter takes any of these values. */
export function refused(
  of: string,
  field: string,
  code: 'InvalidValue' | 'OutOfRange',
  values: readonly unknown[],
): readonly Step[] {
  const fails = { code, fields: [field] } as const
  return values.flatMap((value): Step[] => [
    { call: `${of}.insert`, with: [{ [field]: value }], fails },
    { call: `${of}.find`, with: [{ where: { [field]: { eq: value } } }], fails },
    { call: `${of}.find`, with: [{ where: { [field]: { in: [value] } } }], fails },
  ])
}

function idsFor(values: readonly unknown[]): string[] {
  return values.map((_, index) => String.fromCharCode(0x61 + index))
}
