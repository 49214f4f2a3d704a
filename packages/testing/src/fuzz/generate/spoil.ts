import type { Abilities } from '../abilities.ts'
import { isRecord } from '../lib/plain.ts'
import type { Random } from '../lib/random.ts'

/** Values and names that belong nowhere; the answer must be the same error everywhere. */
const misfits: readonly unknown[] = [
  undefined,
  null,
  NaN,
  Infinity,
  -1,
  1.5,
  2 ** 53,
  2n ** 63n,
  1n,
  true,
  '',
  '\0',
  'a\0b',
  '\ud800',
  'x'.repeat(192),
  '99999999999999999999',
  '1e5',
  '2023-02-29',
  [],
  [null],
  [undefined],
  {},
  { eq: undefined },
  { increment: 1 },
  { increment: NaN },
  { $gt: '' },
  { path: [] },
  { path: ['$a'], eq: 1 },
  { path: ['a.b'], eq: 1 },
  Object.fromEntries([['__proto__', 1]]),
  new Date(NaN),
  new Date(8.64e15),
  Uint8Array.of(0),
]

const names: readonly string[] = ['__proto__', '$where', 'constructor', 'nope', '', 'AND', 'path']

/** A copy in which one place, wherever it is, holds or is called something wrong. */
export function spoil(random: Random, { anyJson }: Abilities, args: readonly unknown[]): unknown[] {
  // In an array of JSON they would belong.
  const wrong = anyJson ? misfits : misfits.filter((misfit) => !Array.isArray(misfit))
  return spoilIn(random, wrong, args) as unknown[]
}

function spoilIn(random: Random, wrong: readonly unknown[], value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) return [random.pick(wrong)]
    const at = random.below(value.length)
    return value.map((item: unknown, index) => (index === at ? descend(random, wrong, item) : item))
  }
  if (!isRecord(value)) return random.pick(wrong)
  const entries = Object.entries(value)
  if (entries.length === 0 || random.chance(0.2)) {
    return Object.fromEntries([...entries, [random.pick(names), random.pick(wrong)]])
  }
  const at = random.below(entries.length)
  const renames = random.chance(0.2)
  return Object.fromEntries(
    entries.map(([key, item], index) => {
      if (index !== at) return [key, item]
      return renames ? [random.pick(names), item] : [key, descend(random, wrong, item)]
    }),
  )
}

function descend(random: Random, wrong: readonly unknown[], value: unknown): unknown {
  const goesOn = Array.isArray(value) || isRecord(value)
  return goesOn && random.chance(0.75) ? spoilIn(random, wrong, value) : random.pick(wrong)
}
