import { parseArgs } from 'node:util'

export interface Flags {
  readonly subject: 'outage' | 'log'
  readonly engines: readonly string[]
  /** Whether the engines were named: one that is missing is an error then. */
  readonly isAsked: boolean
  readonly kills: number
  readonly changes: number
  readonly seed: number
}

/** The engines that each subject knows. */
export const enginesOf = {
  outage: ['postgres', 'mariadb'],
  log: ['postgres', 'mariadb', 'sqlite'],
} as const

/** Throws an Error that says what is wrong with them. */
export function readFlags(args: readonly string[]): Flags {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      engines: { type: 'string' },
      kills: { type: 'string' },
      changes: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const [subject] = positionals
  if (positionals.length !== 1 || (subject !== 'outage' && subject !== 'log')) {
    throw new Error("chaos has two subjects, 'outage' and 'log'")
  }
  const others = subject === 'outage' ? (['changes', 'seed'] as const) : (['kills'] as const)
  const stray = others.find((name) => values[name] !== undefined)
  if (stray !== undefined) throw new Error(`'${subject}' has no --${stray}`)
  const known: readonly string[] = enginesOf[subject]
  const engines = values.engines?.split(',') ?? known
  const unknown = engines.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`'${subject}' has no engine ${unknown}`)
  return {
    subject,
    engines,
    isAsked: values.engines !== undefined,
    kills: readNumber('kills', values.kills, 5),
    changes: readNumber('changes', values.changes, 20_000),
    seed: readNumber('seed', values.seed, 1),
  }
}

function readNumber(name: string, text: string | undefined, absent: number): number {
  if (text === undefined) return absent
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a number above 0`)
  return Number(text)
}
