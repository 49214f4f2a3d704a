import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { writeApplication } from './compile/application.ts'
import { readCommandLine, refuse } from './lib/command.ts'
import { root } from './lib/exec.ts'

/**
 * What a prototype of the typed API cost on an application of this size. Instantiations are the
 * same on every machine, so they are the figure that is enforced; the others are for people.
 */
const target = {
  instantiations: 261_000,
  checkMs: 2_100,
  memoryMb: 153,
  keystrokeMs: 121,
}
const tolerance = 1.15
const sizes = { collections: 100, statements: 300, perFile: 10 }

const { json, args } = readCommandLine(`
npx tsx scripts/compile-figures.ts [--json]

Measures what the typed API costs a compiler and an editor, on a generated application of
${sizes.collections} collections of 20 fields and 3 relations, and ${sizes.statements} statements that use them. Exits 1 when it does not
compile, or takes more than ${(target.instantiations * tolerance).toLocaleString('en')} type instantiations.

  check           the whole application from nothing, as \`tsc --noEmit\` does it
  keystroke       an edit in a file of ${sizes.perFile} statements, until an editor has the errors of that file
  floor           the same in a file that only names the type of the data service

  --keep    leave the application's folder in place and print its path on stderr
  --json    print { collections, statements, checkMs, instantiations, memoryMb, keystrokeMs, floorMs,
            target, ok }
`)
const unknown = args.find((word) => word !== '--keep')
if (unknown !== undefined) refuse(`compile-figures knows no ${unknown}; see --help`, json)

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  paths: {
    '@wherry/core/schema': [join(root, 'packages/core/src/schema/index.ts')],
    '@wherry/core/service': [join(root, 'packages/core/src/service/types.ts')],
    '@standard-schema/spec': [join(root, 'node_modules/@standard-schema/spec/dist/index.d.ts')],
  },
}

const folder = mkdtempSync(join(tmpdir(), 'wherry-compile-'))
try {
  const files = new Map<string, string>()
  for (const [name, text] of writeApplication(sizes)) files.set(join(folder, name), text)
  for (const [path, text] of files) writeFileSync(path, text)
  const checked = measureCheck([...files.keys()])
  report({ ...checked, keystrokeMs: measureKeystroke(files), floorMs: measureFloor(files) })
} finally {
  if (args.includes('--keep')) process.stderr.write(`${folder}\n`)
  else rmSync(folder, { recursive: true })
}

interface Figures {
  checkMs: number
  instantiations: number
  memoryMb: number
  keystrokeMs: number
  floorMs: number
}

/** A whole check from nothing, as `tsc --noEmit` does it. */
function measureCheck(paths: string[]): Omit<Figures, 'keystrokeMs' | 'floorMs'> {
  const startMs = performance.now()
  const program = ts.createProgram(paths, options)
  const diagnostics = ts.getPreEmitDiagnostics(program)
  const checkMs = performance.now() - startMs
  if (diagnostics.length > 0) {
    const text = ts.formatDiagnostics(diagnostics.slice(0, 20), {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => folder,
      getNewLine: () => '\n',
    })
    refuse(`The application does not compile:\n${text}`, json)
  }
  return {
    checkMs,
    instantiations: program.getInstantiationCount(),
    memoryMb: process.memoryUsage().heapUsed / 2 ** 20,
  }
}

/** What of a keystroke goes to the schema and not to the statements of the file. */
function measureFloor(files: Map<string, string>): number {
  const head = [...files.values()].at(-1)!.split('export async function')[0]!
  return measureKeystroke(new Map([...files, [join(folder, 'empty.ts'), `${head}export { data }`]]))
}

/** From an edit of one statement to the errors of its file, as an editor asks for them. */
function measureKeystroke(files: Map<string, string>): number {
  const edited = [...files.keys()].at(-1)!
  const text = files.get(edited)!
  let version = 0
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: (path) => (path === edited ? String(version) : '0'),
    getScriptSnapshot(path) {
      const content = path === edited ? `${text}\nexport const edit = ${version}\n` : read(path)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  }
  const read = (path: string) =>
    files.get(path) ?? (ts.sys.fileExists(path) ? readFileSync(path, 'utf8') : undefined)
  const service = ts.createLanguageService(host)
  const times: number[] = []
  for (version = 1; version <= 16; version++) {
    const startMs = performance.now()
    service.getSyntacticDiagnostics(edited)
    const diagnostics = service.getSemanticDiagnostics(edited)
    times.push(performance.now() - startMs)
    if (diagnostics.length > 0) refuse(`${edited} has errors in the language service`, json)
  }
  service.dispose()
  // The first includes loading everything, which an editor does once.
  return times.slice(1).sort((a, b) => a - b)[7]!
}

function report(measured: Figures): void {
  const ok = measured.instantiations <= target.instantiations * tolerance
  const figures = Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [name, Math.round(value as number)]),
  ) as unknown as Figures
  if (json) {
    const { collections, statements } = sizes
    process.stdout.write(`${JSON.stringify({ collections, statements, ...figures, target, ok })}\n`)
  } else {
    print('check', figures.checkMs, ' ms', target.checkMs)
    print('instantiations', figures.instantiations, '', target.instantiations)
    print('memory', figures.memoryMb, ' MB', target.memoryMb)
    print('keystroke', figures.keystrokeMs, ' ms', target.keystrokeMs)
    print('floor', figures.floorMs, ' ms')
  }
  if (!ok) process.exitCode = 1
}

function print(name: string, value: number, unit: string, aim?: number): void {
  const figure = `${value.toLocaleString('en')}${unit}`.padStart(12)
  const aimed = aim === undefined ? '' : `  (aim ${aim.toLocaleString('en')}${unit})`
  process.stdout.write(`${name.padEnd(16)}${figure}${aimed}\n`)
}
