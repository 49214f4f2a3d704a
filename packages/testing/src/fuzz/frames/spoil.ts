import { maxFrameBytes } from '@wherry/core/protocol'
import type { Json } from '@wherry/core/schema'
import type { Random } from '../lib/random.ts'

/** What no good client sends in this place. */
const hostile: readonly Json[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  2 ** 53,
  '',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '💥'.repeat(50),
  [],
  {},
  [[[[]]]],
  { $ne: null },
  { $where: '1' },
  { toString: '' },
  { toJSON: '' },
  { length: 1, 0: 'a' },
  { eq: 1 },
  { path: ['__proto__', 'polluted'], eq: 1 },
  { constructor: { prototype: { polluted: 1 } } },
  JSON.parse('{"__proto__":{"polluted":1}}') as Json,
]

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'type',
  'id',
  'where',
  'AND',
  'path',
  '$eq',
  '',
]
const numbers = ['1e999', '-1e999', '-0', '1e-400', '9007199254740993', '1'.repeat(400), '0.1e1']

type Tree = { [name: string]: Json } | Json[]

/** Changes parts of a message, or of a frame, somewhere within it; returns it. */
export function spoilTree(random: Random, tree: Tree): Tree {
  const nodes = collect(tree)
  // What is wrong within arguments ends no connection, and gets further.
  const within = nodes.filter((node) => node !== tree && !('type' in node))
  for (
    let times = random.weighted([
      [6, 1],
      [2, 2],
      [1, 5],
    ]);
    times > 0;
    times--
  ) {
    const node = random.pick(within.length > 0 && random.chance(0.8) ? within : nodes)
    const keys = Object.keys(node)
    const key = keys.length === 0 ? random.pick(names) : random.pick(keys)
    switch (random.below(5)) {
      case 0:
        Reflect.deleteProperty(node, key)
        break
      case 1:
        define(node, random.pick(names), structuredClone(random.pick(hostile)))
        break
      case 2:
        // What is good elsewhere.
        define(node, key, structuredClone(random.pick(nodes)))
        break
      default:
        define(node, key, structuredClone(random.pick(hostile)))
    }
  }
  return tree
}

function define(node: Tree, key: string, value: Json): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
}

function collect(tree: Json, found: Tree[] = []): Tree[] {
  if (typeof tree !== 'object' || tree === null || found.length > 200) return found
  found.push(tree)
  for (const value of Object.values(tree)) collect(value, found)
  return found
}

/** Changes a frame's text, whatever it says; it stays as long as a frame may be. */
export function spoilText(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const end = Math.min(text.length, at + random.between(1, 20))
  const [before, part, after] = [text.slice(0, at), text.slice(at, end), text.slice(end)]
  const spoilt = random.pick<() => string>([
    () => before,
    () => part + after,
    () => before + after,
    () => before + part + part + after,
    () => before + String.fromCharCode(random.below(random.pick([128, 65_536]))) + after,
    () => before + random.pick('[]{}:,"\\0-e tn'.split('')) + part + after,
    () => text.replace(/"\w+":/, (key) => `${key}${random.below(10)},${key}`),
    () =>
      text.replaceAll(/:(\d+|"[^"]*")/g, (value) =>
        random.chance(0.2) ? `:${deep(random)}` : value,
      ),
    () => text.replace(/:-?\d[\d.e+-]*/, () => `:${random.pick(numbers)}`),
    () => text.replace(/:"[^"]*"/, () => `:"${long(random, text.length)}"`),
    () =>
      text.replaceAll(/"(\w+)":/g, (key) =>
        random.chance(0.2) ? `"${random.pick(names)}":` : key,
      ),
  ])()
  return fits(spoilt) ? spoilt : text
}

function deep(random: Random): string {
  const depth = random.pick([10, 64, 65, 100, 2_000, 12_000])
  return random.chance(0.5)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"NOT":'.repeat(depth / 4)}{}${'}'.repeat(depth / 4)}`
}

function long(random: Random, others: number): string {
  const length = random.pick([100, 1_000, 10_000, maxFrameBytes - others])
  return random.pick(['x', '\\\\', '\\u0000', '%']).repeat(Math.max(0, length / 6))
}

export function fits(text: string): boolean {
  return text.length <= maxFrameBytes && Buffer.byteLength(text) <= maxFrameBytes
}
