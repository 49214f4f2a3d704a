import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { spreadOf } from '../../bench/lib/statistics.ts'
import { root } from '../lib/exec.ts'

export interface Check {
  readonly checkMs: number
  readonly instantiations: number
  readonly memoryMb: number
}

/** A whole check of the application in this folder from nothing, as `tsc --noEmit` does it. */
export function measureCheck(folder: string): Check {
  const startMs = ranMs()
  const program = ts.createProgram(sourcesIn(folder), optionsOf(folder))
  const diagnostics = ts.getPreEmitDiagnostics(program)
  const checkMs = ranMs() - startMs
  refuseErrors(diagnostics)
  return {
    checkMs,
    instantiations: program.getInstantiationCount(),
    memoryMb: process.memoryUsage().heapUsed / 2 ** 20,
  }
}

/** Milliseconds from an edit of one file to the errors of this file, as an editor asks for them. */
export function measureKeystroke(folder: string, file: string): number {
  const edited = join(folder, file)
  const text = readFileSync(edited, 'utf8')
  const sources = sourcesIn(folder)
  const options = optionsOf(folder)
  let version = 0
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => sources,
    getScriptVersion: (path) => (path === edited ? String(version) : '0'),
    getScriptSnapshot(path) {
      const edit = `${text}\nexport const edit = ${version}\n`
      const content = path === edited ? edit : ts.sys.readFile(path)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    realpath: ts.sys.realpath!,
  })
  const keystroke = (): number => {
    version++
    const editMs = ranMs()
    service.getSyntacticDiagnostics(edited)
    const diagnostics = service.getSemanticDiagnostics(edited)
    const tookMs = ranMs() - editMs
    refuseErrors(diagnostics)
    return tookMs
  }
  // An editor loads everything once, and its compiler has been compiled well while one types.
  const warmMs = ranMs() + 4_000
  do keystroke()
  while (ranMs() < warmMs)
  const times = Array.from({ length: 9 }, keystroke)
  service.dispose()
  return spreadOf(times).median
}

/**
 * For how long this thread has run, in milliseconds. On a machine with nothing else to do it is
 * what a clock says; other programs make the clock's time longer and not this. Only Linux tells.
 */
function ranMs(): number {
  if (process.platform !== 'linux') return performance.now()
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
}

function optionsOf(folder: string): ts.CompilerOptions {
  return {
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
      '@wherry/core/schema': [join(folder, 'core/schema/index.d.ts')],
      '@wherry/core/service': [join(folder, 'core/service/types.d.ts')],
      '@standard-schema/spec': [join(root, 'node_modules/@standard-schema/spec/dist/index.d.ts')],
    },
  }
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

function refuseErrors(diagnostics: readonly ts.Diagnostic[]): void {
  if (diagnostics.length === 0) return
  const text = ts.formatDiagnostics(diagnostics.slice(0, 20), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '/',
    getNewLine: () => '\n',
  })
  throw new Error(`The application does not compile:\n${text}`)
}
