import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The code of a page that goes into one file. */
export interface PageFile {
  /** Path of the page from the root, such as 'docs/getting-started.md'. */
  readonly page: string
  /** What the page calls the file; undefined for a fragment, which is not run. */
  readonly name: string | undefined
  /** A line here has the number that it has on the page, so errors point at the page. */
  readonly code: string
  /** What each `console.log(…) // …` says that it prints, in their order. */
  readonly prints: readonly string[]
}

/** The pages whose code has to be true. */
export function listPages(root: string): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const packages = readdirSync(join(root, 'packages'))
  return [
    'README.md',
    ...docs.map((path) => `docs/${path.replaceAll('\\', '/')}`),
    ...packages.map((name) => `packages/${name}/README.md`),
  ].filter((path) => path.endsWith('.md') && existsSync(join(root, path)))
}

/**
 * Reads the TypeScript of a page. Blocks that begin with ```ts name.ts make up the file of that
 * name, which is run; a block that begins with ```ts alone is a fragment, and only has to compile.
 */
export function readPage(root: string, page: string): PageFile[] {
  const markdown = readFileSync(join(root, page), 'utf8')
  const files = new Map<string, { name: string | undefined; lines: string[] }>()
  for (const block of blocksOf(markdown)) {
    const id = block.name ?? `at line ${block.firstLine}`
    const file = files.get(id) ?? { name: block.name, lines: [] }
    file.lines.push(...Array<string>(block.firstLine - 1 - file.lines.length).fill(''))
    file.lines.push(...block.lines)
    files.set(id, file)
  }
  return Array.from(files.values(), ({ name, lines }) => ({
    page,
    name,
    code: lines.join('\n'),
    prints: lines.flatMap((line) => /^\s*console\.log\(.*\) \/\/ (.+)$/.exec(line)?.[1] ?? []),
  }))
}

interface Block {
  readonly name: string | undefined
  /** Counted from 1. */
  readonly firstLine: number
  readonly lines: readonly string[]
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { name: string | undefined; firstLine: number; lines: string[] } | undefined
  let other = false
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\w*) ?(\S*)/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open !== undefined) {
      blocks.push(open)
      open = undefined
    } else if (other) other = false
    else if (fence[1] === 'ts')
      open = { name: fence[2] || undefined, firstLine: index + 2, lines: [] }
    else other = true
  }
  return blocks
}
