import { systemRuntime } from '@wherry/core'
import { engines } from '@wherry/testing/fuzz'
import type { Lane } from './lanes.ts'

export interface Flags {
  readonly json: boolean
  subject: string
  /** Absent: all that are there. */
  engines: readonly string[] | undefined
  cases: number
  frames: number
  seed: number
  max: number
  lanes: number | undefined
  /** What this process is to do, of the run of another one. */
  lane: Lane | undefined
  verbose: boolean
}

/** Reads the command line; the first subject is the one where none is named. Throws what to tell. */
export function readFlags(
  words: readonly string[],
  subjects: readonly string[],
  json: boolean,
): Flags {
  const read: Flags = {
    json,
    subject: subjects[0]!,
    engines: undefined,
    cases: 20_000,
    frames: 1_000_000,
    seed: Math.floor(systemRuntime.random() * 2 ** 31),
    max: 10,
    lanes: undefined,
    lane: undefined,
    verbose: false,
  }
  for (let i = 0; i < words.length; i++) {
    const [word = '', inline] = words[i]!.split('=', 2)
    const value = () => inline ?? words[++i] ?? fail(`${word} needs a value; see --help`)
    const wholeNumber = (least: number) => {
      const text = value()
      if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text)
      return fail(`${word} takes a whole number of ${least} or more, got ${text}`)
    }
    switch (word) {
      case '--engines':
        read.engines = value().split(',')
        break
      case '--seed':
        read.seed = wholeNumber(0)
        break
      case '--cases':
      case '--frames':
      case '--max':
      case '--lanes':
        read[word.slice(2) as 'cases'] = wholeNumber(1)
        break
      case '--lane': {
        const [index = 0, of = 1] = value().split('/').map(Number)
        read.lane = { index, of }
        break
      }
      case '--verbose':
        read.verbose = true
        break
      default:
        if (!subjects.includes(word)) fail(`fuzz does not know ${word}; --help lists what it does`)
        read.subject = word
    }
  }
  const unknown = read.engines?.find((name) => !Object.hasOwn(engines, name))
  if (unknown === undefined) return read
  const known = Object.keys(engines).join(', ')
  return fail(`There is no engine ${unknown} to fuzz; there are ${known}`)
}

function fail(message: string): never {
  throw new Error(message)
}
