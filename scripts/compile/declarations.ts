import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

/**
 * Writes the declarations of these modules, and of all they lead to, as a build would: an installed
 * package has no sources, so no application pays for checking them.
 */
export function writeDeclarations(
  source: string,
  target: string,
  entries: readonly string[],
): void {
  const modules = new Set(entries)
  for (const module of modules) {
    const declarations = declarationsOf(join(source, module))
    const path = join(target, module.replace(/\.ts$/, '.d.ts'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, declarations)
    for (const { fileName } of ts.preProcessFile(declarations).importedFiles) {
      if (fileName.startsWith('.')) modules.add(join(dirname(module), fileName))
    }
  }
}

function declarationsOf(path: string): string {
  const compilerOptions = { isolatedDeclarations: true, module: ts.ModuleKind.NodeNext }
  const text = readFileSync(path, 'utf8')
  const { outputText, diagnostics } = ts.transpileDeclaration(text, {
    fileName: path,
    compilerOptions,
    reportDiagnostics: true,
  })
  const [fault] = diagnostics ?? []
  if (fault === undefined) return outputText
  throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`)
}
