import type { Capabilities } from '@wherry/core'

/** What not every engine can do: it is drawn only for engines that can. */
export interface Abilities extends Pick<
  Capabilities,
  'transactions' | 'serializable' | 'foreignKeys'
> {
  /** They store JSON with an array in an array, and with a dot in a key. */
  readonly anyJson: boolean
}

export const everything: Abilities = {
  transactions: true,
  serializable: true,
  foreignKeys: true,
  anyJson: true,
}

export function isEverything(abilities: Abilities): boolean {
  return Object.values(abilities).every(Boolean)
}

/** What each of them can do. */
export function inCommon(all: readonly Abilities[]): Abilities {
  return {
    transactions: all.every(({ transactions }) => transactions),
    serializable: all.every(({ serializable }) => serializable),
    foreignKeys: all.every(({ foreignKeys }) => foreignKeys),
    anyJson: all.every(({ anyJson }) => anyJson),
  }
}
