import { posix } from 'node:path'
import ts from 'typescript'
import { reachable, type ImportGraph, type Sources } from './sources.ts'

/** Each folder of core may import what stands above it in this list, and itself. */
const tiers = [
  ['errors'],
  ['lib'],
  ['schema'],
  ['query'],
  ['contract'],
  ['adapters', 'log', 'live', 'policy', 'fallback', 'resilience', 'protocol'],
  ['channels'],
  ['service'],
  ['gate'],
]

/** Which packages of ours each package may import. */
const packageImports: Readonly<Record<string, readonly string[]>> = {
  core: [],
  server: ['core'],
  client: ['core'],
  testing: ['core', 'server', 'client'],
}

/** Imports within core that go up the tiers, or from one adapter to another. */
export function againstDirection(graph: ImportGraph): string[] {
  return edges(graph).flatMap(([from, to]) => {
    if (!inCore(from) || !inCore(to)) return []
    if (tierOf(to) > tierOf(from)) return [`${from} imports ${to}, which stands later`]
    const [adapter, other] = [adapterOf(from), adapterOf(to)]
    const sideways = adapter && other && adapter !== other && other !== 'sql'
    return sideways ? [`${from} imports ${to}, another adapter`] : []
  })
}

/** Imports that leave a package otherwise than by the name of one that it may import. */
export function acrossPackages(graph: ImportGraph): string[] {
  return edges(graph).flatMap(([from, to]) => {
    const own = packageOf(from)
    const other = /^@wherry\/([^/]+)/.exec(to)?.[1]
    if (other !== undefined && !packageImports[own]?.includes(other)) {
      return [`${from} imports @wherry/${other}`]
    }
    if (to.startsWith('packages/') && !graph.has(to)) return [`${from} imports ${to}, no source`]
    return to.startsWith('packages/') && packageOf(to) !== own ? [`${from} imports ${to}`] : []
  })
}

/** Files that no entry leads to. */
export function deadFiles(graph: ImportGraph, entries: readonly string[]): string[] {
  const alive = reachable(graph, entries)
  return [...graph.keys()].filter((path) => !alive.has(path))
}

/** Files that only pass on what others export, and are no package entry. */
export function innerBarrels(sources: Sources, entries: readonly string[]): string[] {
  return [...sources.keys()].filter((path) => {
    const statements = parse(sources, path).statements
    return !entries.includes(path) && statements.length > 0 && statements.every(isReexport)
  })
}

/** Modules that a browser has not, or that a user of this entry did not ask for. */
export function unfitForBrowsers(graph: ImportGraph, entries: readonly string[]): string[] {
  const unfit = /^(node:|kysely|better-sqlite3|zod|@wherry\/testing)/
  return [...reachable(graph, entries)].filter((path) => unfit.test(path))
}

/**
 * `new Date()` and `Date()`, which read the clock. The other ways to time and chance are refused by
 * the lint rules; only these need the argument list looked at.
 */
export function clockReads(sources: Sources): string[] {
  return [...sources.keys()].flatMap((path) => {
    if (path === 'packages/core/src/lib/runtime.ts') return []
    const file = parse(sources, path)
    const found: string[] = []
    const visit = (node: ts.Node) => {
      const construct = ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0
      const isDate = (callee: ts.Expression) => ts.isIdentifier(callee) && callee.text === 'Date'
      if ((construct || ts.isCallExpression(node)) && isDate(node.expression)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
        found.push(`${path}:${line + 1} ${node.getText(file)}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
    return found
  })
}

function edges(graph: ImportGraph): [string, string][] {
  return [...graph].flatMap(([from, all]) => all.map((to): [string, string] => [from, to]))
}

function inCore(path: string): boolean {
  return path.startsWith('packages/core/src/')
}

function packageOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function adapterOf(path: string): string | undefined {
  return /^packages\/core\/src\/adapters\/([^/]+)\//.exec(path)?.[1]
}

/** Files at the top of `src` are entries: they may import everything. */
function tierOf(path: string): number {
  const [folder = '', ...rest] = posix.relative('packages/core/src', path).split('/')
  if (rest.length === 0) return tiers.length
  const tier = tiers.findIndex((folders) => folders.includes(folder))
  if (tier < 0) throw new Error(`${path}: give the folder ${folder} its place among the tiers`)
  return tier
}

function parse(sources: Sources, path: string): ts.SourceFile {
  return ts.createSourceFile(path, sources.get(path) ?? '', ts.ScriptTarget.Latest, true)
}

function isReexport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined
}
