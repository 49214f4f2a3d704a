import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const folder = dirname(fileURLToPath(import.meta.url))
const configPath = join(folder, '../../../../tsconfig.json')
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(configPath, ts.sys.readFile).config,
  ts.sys,
  dirname(configPath),
)

/** The compiler's first message about each snippet, which stands in a module of this folder. */
export function compile<Name extends string>(
  snippets: Readonly<Record<Name, string>>,
  overrides: ts.CompilerOptions = {},
): Record<Name, string | undefined> {
  const service = createService(snippets, overrides)
  const messages = Object.keys(snippets).map((name) => {
    const [first] = [
      ...service.getSyntacticDiagnostics(pathOf(name)),
      ...service.getSemanticDiagnostics(pathOf(name)),
      ...(overrides.declaration === true ? declarationFaults(service, name) : []),
    ]
    return [name, first && ts.flattenDiagnosticMessageText(first.messageText, '\n')] as const
  })
  service.dispose()
  return Object.fromEntries(messages) as Record<Name, string | undefined>
}

/** What an editor offers at the `|` of each snippet. */
export function complete<Name extends string>(
  snippets: Readonly<Record<Name, string>>,
): Record<Name, string[]> {
  const texts = mapValues(snippets, (text) => text.replace('|', ''))
  const service = createService(texts, {})
  const offers = mapValues(snippets, (text, name) => {
    const position = text.indexOf('|')
    const found = service.getCompletionsAtPosition(pathOf(name), position, {})
    return found?.entries.map((entry) => entry.name) ?? []
  })
  service.dispose()
  return offers
}

function createService(
  texts: Readonly<Record<string, string>>,
  overrides: ts.CompilerOptions,
): ts.LanguageService {
  const files = new Map(Object.entries(texts).map(([name, text]) => [pathOf(name), text]))
  const read = (path: string) => files.get(path) ?? ts.sys.readFile(path)
  return ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, types: [], ...overrides }),
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: () => '1',
    getScriptSnapshot(path) {
      const text = read(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => files.has(path) || ts.sys.fileExists(path),
    readFile: read,
  })
}

function declarationFaults(service: ts.LanguageService, name: string): readonly ts.Diagnostic[] {
  const program = service.getProgram()!
  return program.getDeclarationDiagnostics(program.getSourceFile(pathOf(name)))
}

function pathOf(name: string): string {
  return join(folder, `${name}.snippet.ts`)
}

function mapValues<Name extends string, V, W>(
  values: Readonly<Record<Name, V>>,
  change: (value: V, name: Name) => W,
): Record<Name, W> {
  const entries = Object.entries(values) as [Name, V][]
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value, name)])) as Record<
    Name,
    W
  >
}
