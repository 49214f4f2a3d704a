import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPages, readPage, type PageFile } from './code-blocks.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const files = listPages(root).flatMap((page) => readPage(root, page))
const programs = files.filter((file) => file.name !== undefined && !isImported(file))

// Inside the repository, so that packages are found, and in a folder that every tool ignores.
let folder: string
let printed: Promise<ReadonlyMap<PageFile, readonly string[]>>
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(join(root, '.cache', 'docs-'))
  for (const file of files) {
    mkdirSync(folderOf(file), { recursive: true })
    writeFileSync(pathOf(file), textOf(file))
  }
  // They run while the compiler looks at all of it.
  printed = runPrograms()
  // Whoever waits for it fails with it; until then nobody does.
  printed.catch(() => undefined)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the code in the documentation', () => {
  it('compiles', () => {
    expect(typeErrors()).toEqual([])
  }, 60_000)

  it.each(programs.map((file) => [`${file.page}, ${file.name}`, file] as const))(
    'runs and prints what it says: %s',
    async (_, file) => {
      expect((await printed).get(file)).toEqual(file.prints)
    },
    60_000,
  )

  it.each([
    'README.md',
    'docs/getting-started.md',
    'docs/guides/schemas.md',
    'docs/guides/transactions.md',
    'docs/guides/existing-databases.md',
    'docs/guides/testing.md',
    'docs/reference/values.md',
  ])('shows how to do it in %s', (page) => {
    expect(programs.map((file) => file.page)).toContain(page)
  })
})

/** A file that another one of its page imports runs with that one. */
function isImported({ page, name }: PageFile): boolean {
  return files.some((other) => other.page === page && other.code.includes(`from './${name}'`))
}

function folderOf({ page }: PageFile): string {
  return join(folder, page.replaceAll('/', '-'))
}

function pathOf(file: PageFile): string {
  const firstLine = file.code.split('\n').findIndex((line) => line !== '') + 1
  return join(folderOf(file), file.name ?? `fragment-${firstLine}.ts`)
}

/** A fragment that imports nothing is about a service of the schema of getting-started. */
const fragmentStart =
  `import { schema } from '../docs-getting-started.md/schema.ts'; ` +
  `declare const data: import('@wherry/core').DataService<typeof schema>`

function textOf({ name, code }: PageFile): string {
  const standsAlone = name !== undefined || /^import /m.test(code)
  return `${standsAlone ? '' : fragmentStart}${code}\nexport {}\n`
}

/**
 * What each program prints. They run in one process, one after another, each in a folder of its
 * own; that it ends shows that none of them leaves anything open.
 */
async function runPrograms(): Promise<Map<PageFile, string[]>> {
  const begin = 'program '
  const steps = programs.map((file, index) => {
    const [directory, url] = [folderOf(file), pathToFileURL(pathOf(file)).href]
    return `console.log('${begin}${index}')
process.chdir(${JSON.stringify(directory)})
await import('${url}').catch((error) => console.log('threw', error))`
  })
  writeFileSync(join(folder, 'run.mts'), steps.join('\n'))
  const options = ['--import', 'tsx', '--conditions=@wherry/source', join(folder, 'run.mts')]
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    cwd: folder,
    timeout: 50_000,
  })
  const outputs = stdout.split(new RegExp(`^${begin}\\d+\n`, 'm')).slice(1)
  const linesOf = (text: string) => (text === '' ? [] : text.trimEnd().split('\n'))
  return new Map(programs.map((file, index) => [file, linesOf(outputs[index] ?? 'did not run')]))
}

/** What the compiler says, as `page:line message`. */
function typeErrors(): string[] {
  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config
  const { options } = ts.parseJsonConfigFileContent(
    { ...(config as object), include: [] },
    ts.sys,
    root,
  )
  const program = ts.createProgram(files.map(pathOf), options)
  return files.flatMap((file) => {
    const source = program.getSourceFile(pathOf(file))!
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]
    return found.map(({ start = 0, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start)
      return `${file.page}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  })
}
