import { everything, type Abilities } from '../abilities.ts'
import { bigints, bytes, dates, floats, ints, texts, times } from '../lib/corpus.ts'
import type { Random } from '../lib/random.ts'
import { checkNames, readMethods, writeMethods } from '../operation.ts'
import { operators } from './grammar.ts'

/**
 * What one database's cases are drawn from: a random part of everything. A feature that is often
 * there hides what others do; where it is absent they show (Groce et al., "Swarm Testing", 2012).
 */
export interface Swarm {
  readonly abilities: Abilities
  readonly corpora: Corpora
  readonly operators: ReadonlySet<string>
  readonly doings: readonly string[]
  readonly options: ReadonlySet<string>
  /** How often a value that may be null is. */
  readonly nullRate: number
  /** How many different values a field draws from: few of them collide often. */
  readonly poolSize: number
  /** How often something is wrong with an operation on purpose. */
  readonly spoilRate: number
  /** How deep filters nest. */
  readonly depth: number
  /** How many rows a collection may grow to. */
  readonly size: number
  readonly huge: boolean
}

export interface Corpora {
  readonly texts: readonly string[]
  readonly ints: readonly number[]
  readonly floats: readonly number[]
  readonly bigints: readonly bigint[]
  readonly times: readonly string[]
  readonly dates: readonly string[]
  readonly bytes: readonly (readonly number[])[]
}

/** `abilities`: of the engines that what is drawn is for. */
export function drawSwarm(random: Random, abilities: Abilities = everything): Swarm {
  const writes = random.some([...writeMethods, 'transaction'], 0.7)
  const reads = random.some([...readMethods, ...checkNames], 0.6)
  const names = Array.from(new Set(Object.values(operators).flat()))
  const doings = [...writes, ...reads]
  return {
    abilities,
    corpora: drawCorpora(random),
    operators: new Set(random.some(names, random.pick([0.3, 0.7, 1]))),
    doings: abilities.transactions ? doings : doings.filter((doing) => doing !== 'transaction'),
    options: new Set(
      random.some(['select', 'include', 'orderBy', 'limit', 'offset', 'groupBy', 'having'], 0.7),
    ),
    nullRate: random.pick([0, 0.1, 0.3, 0.6]),
    poolSize: random.pick([2, 4, 4, 8, 16]),
    spoilRate: random.pick([0, 0, 0.02, 0.1]),
    depth: random.pick([0, 1, 2, 3, 5]),
    size: random.pick([4, 12, 12, 25, 40]),
    huge: random.chance(0.05),
  }
}

function drawCorpora(random: Random): Corpora {
  const draw = <T>(groups: Readonly<Record<string, readonly T[]>>): readonly T[] =>
    random.some(Object.values(groups), random.pick([0.15, 0.4, 1])).flat()
  return {
    texts: draw(texts),
    ints: draw(ints),
    floats: draw(floats),
    bigints: draw(bigints),
    times: draw(times),
    dates: draw(dates),
    bytes: draw(bytes),
  }
}
