import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Source texts by path from the repository's top, as in `packages/core/src/index.ts`. */
export type Sources = ReadonlyMap<string, string>

/** What each file imports: a path for a file of ours, or the specifier of anything else. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** Everything in the `src` folder of every package. */
export function readSources(): Sources {
  const sources = new Map<string, string>()
  for (const name of readdirSync(join(root, 'packages'))) {
    const directory = join(root, 'packages', name, 'src')
    if (!existsSync(directory)) continue
    for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(file)) continue
      const path = join(directory, file)
      sources.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'))
    }
  }
  return sources
}

interface Manifest {
  exports?: Record<string, Record<string, string | Record<string, string>>>
}

/** The sources that a package's export map names, by subpath: `{ './schema': ['packages/…'] }`. */
export function entriesOf(packageName: string): Record<string, string[]> {
  const path = join(root, 'packages', packageName, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  return Object.fromEntries(
    Object.entries(manifest.exports ?? {}).map(([subpath, conditions]) => {
      const source = conditions['@wherry/source'] ?? {}
      const files = typeof source === 'string' ? [source] : Object.values(source)
      return [subpath, files.map((file) => posix.join('packages', packageName, file))]
    }),
  )
}

/** Reads the imports of every file, type-only and dynamic ones included. */
export function importGraph(sources: Sources): ImportGraph {
  return new Map(
    [...sources].map(([path, text]) => {
      const specifiers = ts.preProcessFile(text, true, true).importedFiles
      return [path, specifiers.map(({ fileName }) => resolve(path, fileName))]
    }),
  )
}

/** The files that can be reached from the given ones, and the other modules that they import. */
export function reachable(graph: ImportGraph, entries: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    waiting.push(...(graph.get(path) ?? []))
  }
  return seen
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier
}
