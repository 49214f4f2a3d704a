import { describe, expect, it } from 'vitest'
import {
  acrossPackages,
  againstDirection,
  clockReads,
  deadFiles,
  innerBarrels,
  unfitForBrowsers,
} from './rules.ts'
import { entriesOf, importGraph, readSources } from './sources.ts'

const sources = readSources()
const graph = importGraph(sources)
const coreEntries = entriesOf('core')
const entries = [coreEntries, ...['server', 'client', 'testing'].map(entriesOf)].flatMap((each) =>
  Object.values(each).flat(),
)
const entry = (file: string) => `packages/core/src/${file}`

/** The graph and sources of a tree that is not there. */
function planted(files: Record<string, string>) {
  const tree = new Map(Object.entries(files))
  return { sources: tree, graph: importGraph(tree) }
}

describe('the layout of the packages', () => {
  it('lets imports go down the tiers only, and from no adapter to another', () => {
    expect(againstDirection(graph)).toEqual([])
  })

  it('lets a package import another only by its name, and only where it may', () => {
    expect(acrossPackages(graph)).toEqual([])
  })

  it('has no file that no entry leads to', () => {
    expect(deadFiles(graph, entries)).toEqual([])
  })

  it('has barrels as package entries only', () => {
    expect(innerBarrels(sources, entries)).toEqual([])
  })

  it.each([
    ['.', entry('index.ts')],
    ['./schema', entry('schema/index.ts')],
    ['./query', entry('query/index.ts')],
    ['./memory', entry('adapters/memory/index.ts')],
  ])('keeps Node, drivers, Kysely and zod out of the browser entry %s', (subpath, file) => {
    expect(coreEntries[subpath]).toContain(file)
    expect(unfitForBrowsers(graph, [file])).toEqual([])
  })

  it('reads the clock in one place', () => {
    expect(clockReads(sources)).toEqual([])
  })
})

describe('the layout rules', () => {
  it.each([
    ['errors/a.ts', '../lib/b.ts'],
    ['schema/a.ts', '../query/b.ts'],
    ['query/a.ts', '../contract/b.ts'],
    ['contract/a.ts', '../adapters/plans.ts'],
    ['live/a.ts', '../service/b.ts'],
    ['service/a.ts', '../index.ts'],
    ['adapters/memory/a.ts', '../sqlite/b.ts'],
    ['adapters/sql/a.ts', '../sqlite/b.ts'],
  ])('refuse %s to import %s', (from, to) => {
    for (const code of [
      `import { b } from '${to}'`,
      `import type { B } from '${to}'`,
      `export * from '${to}'`,
      `export type { B } from '${to}'`,
      `export const b = () => import('${to}')`,
      `export type B = import('${to}').B`,
    ]) {
      expect(againstDirection(planted({ [entry(from)]: code }).graph), code).toHaveLength(1)
    }
  })

  it.each([
    ['service/a.ts', '../adapters/plans.ts'],
    ['adapters/sqlite/a.ts', '../sql/b.ts'],
    ['adapters/sqlite/a.ts', '../plans.ts'],
    ['fallback/a.ts', '../log/b.ts'],
    ['index.ts', './service/b.ts'],
  ])('let %s import %s', (from, to) => {
    const { graph: tree } = planted({ [entry(from)]: `import { b } from '${to}'` })
    expect(againstDirection(tree)).toEqual([])
  })

  it('refuse a folder that has no place among the tiers', () => {
    const { graph: tree } = planted({ [entry('utils/a.ts')]: `import { b } from '../lib/b.ts'` })
    expect(() => againstDirection(tree)).toThrow('give the folder utils its place')
  })

  it.each([
    ['core', '@wherry/testing'],
    ['client', '@wherry/server'],
    ['server', '@wherry/client/offline'],
    ['testing', '../../core/src/index.ts'],
    ['core', './missing.ts'],
  ])('refuse %s to import %s', (name, to) => {
    const tree = planted({
      [`packages/${name}/src/a.ts`]: `import { b } from '${to}'`,
      'packages/core/src/index.ts': '',
    })
    expect(acrossPackages(tree.graph)).toHaveLength(1)
  })

  it('find a file that no entry leads to', () => {
    const tree = planted({
      [entry('index.ts')]: `export * from './lib/used.ts'`,
      [entry('lib/used.ts')]: '',
      [entry('lib/dead.ts')]: `import './used.ts'`,
    })
    expect(deadFiles(tree.graph, [entry('index.ts')])).toEqual([entry('lib/dead.ts')])
  })

  it('find a barrel that is no entry', () => {
    const tree = planted({
      [entry('index.ts')]: `export * from './lib/index.ts'`,
      [entry('lib/index.ts')]: `export { a } from './a.ts'\nexport type { B } from './b.ts'`,
    })
    expect(innerBarrels(tree.sources, [entry('index.ts')])).toEqual([entry('lib/index.ts')])
  })

  it.each(['node:fs', 'kysely', 'better-sqlite3', 'zod'])('find %s behind an entry', (name) => {
    const tree = planted({
      [entry('index.ts')]: `export * from './a.ts'`,
      [entry('a.ts')]: `import type { B } from '${name}'`,
    })
    expect(unfitForBrowsers(tree.graph, [entry('index.ts')])).toEqual([name])
  })

  it('find what reads the clock without saying so', () => {
    const code = 'const a = new Date()\nconst b = new Date\nconst c = Date()\nconst d = new Date(0)'
    const tree = planted({ [entry('a.ts')]: code })
    expect(clockReads(tree.sources)).toEqual([
      `${entry('a.ts')}:1 new Date()`,
      `${entry('a.ts')}:2 new Date`,
      `${entry('a.ts')}:3 Date()`,
    ])
  })
})
