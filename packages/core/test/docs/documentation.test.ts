import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPages, readPage, type PageFile } from './code-blocks.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const files = listPages(root).flatMap((page) => readPage(root, page))
const programs = files.filter(({ name }) => name !== undefined)

// Inside the repository, so that packages are found, and in a folder that every tool ignores.
let folder: string
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(join(root, '.cache', 'docs-'))
  for (const file of files) {
    mkdirSync(folderOf(file), { recursive: true })
    writeFileSync(pathOf(file), textOf(file))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the code in the documentation', () => {
  it.concurrent.each(programs.map((file) => [`${file.page}, ${file.name}`, file] as const))(
    'runs, prints what it says, and ends: %s',
    async (_, file) => {
      const { stdout } = await run(file)
      if (file.prints.length > 0) expect(stdout.trimEnd().split('\n')).toEqual(file.prints)
    },
    30_000,
  )

  it('compiles', () => {
    expect(typeErrors(files)).toEqual([])
  }, 30_000)

  it('stands on every page that teaches, the first page among them', () => {
    const pages = new Set(programs.map(({ page }) => page))
    expect([...pages]).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/getting-started.md',
        'docs/guides/schemas.md',
        'docs/guides/transactions.md',
        'docs/guides/testing.md',
        'docs/reference/values.md',
      ]),
    )
  })
})

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

/** As a reader would run it, in a folder of its own; what stays open keeps it from ending. */
function run(file: PageFile) {
  const options = ['--import', 'tsx', '--conditions=@wherry/source', pathOf(file)]
  return promisify(execFile)(process.execPath, options, {
    cwd: folderOf(file),
    timeout: 20_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}

/** What the compiler says, as `page:line message`. */
function typeErrors(checked: readonly PageFile[]): string[] {
  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config
  const { options } = ts.parseJsonConfigFileContent(
    { ...(config as object), include: [] },
    ts.sys,
    root,
  )
  const program = ts.createProgram(checked.map(pathOf), options)
  return checked.flatMap((file) => {
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
