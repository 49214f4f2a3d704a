import type { AdapterContext } from '../contract/adapter.ts'
import { WherryError } from '../errors/wherry-error.ts'

/** How many changes stay that are kept in memory. */
export function keptInMemory({ log }: Pick<AdapterContext, 'log'>): number {
  return log?.keepEntries ?? 10_000
}

/** Throws Unsupported where the log is to be kept by a rule that this one cannot follow. */
export function refuseLimits(
  { log }: Pick<AdapterContext, 'log'>,
  whose: string,
  ...names: readonly ('keepEntries' | 'keepMs' | 'maxEntries')[]
): void {
  const name = names.find((each) => log?.[each] !== undefined)
  if (name === undefined) return
  throw new WherryError(
    'Unsupported',
    `${whose} does not keep its log by '${name}'; leave it out of 'log' in createDataService()`,
  )
}
