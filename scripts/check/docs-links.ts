import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../lib/exec.ts'
import { repositoryFiles } from '../lib/repository.ts'
import { fromFindings, type Step } from './step.ts'

/** The Markdown files lead nowhere that is not there. */
export const docsLinksStep: Step = {
  name: 'docs-links',
  what: 'every relative link and anchor in the Markdown files has a target',
  async run() {
    const files = await repositoryFiles('*.md')
    return fromFindings(files.flatMap(brokenLinks), `${files.length} files`)
  },
}

/** The links of a Markdown file that have no target, as `file: link`. */
export function brokenLinks(file: string): string[] {
  return linksOf(readFileSync(file, 'utf8'))
    .filter((link) => !/^([a-z]+:|\/\/)/i.test(link))
    .filter((link) => !leadsSomewhere(file, link))
    .map((link) => `${relative(root, file)}: ${link}`)
}

function leadsSomewhere(file: string, link: string): boolean {
  const [path = '', anchor] = decodeURI(link).split('#')
  const target = path === '' ? file : join(dirname(file), path)
  if (!existsSync(target)) return false
  if (anchor === undefined || statSync(target).isDirectory()) return anchor === undefined
  return !target.endsWith('.md') || anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
}

/** Inline links, images and reference definitions, outside code. */
function linksOf(markdown: string): string[] {
  const prose = withoutFences(markdown).replace(/`[^`\n]*`/g, '')
  const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
  const definitions = [...prose.matchAll(/^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/gm)]
  return [...inline, ...definitions].map((match) => match[1] ?? '')
}

/** The anchors that GitHub gives to a page's headings: words joined by hyphens, repeats numbered. */
function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => {
    const text = (match[1] ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = text
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\p{Mark}_\- ]/gu, '')
      .replaceAll(' ', '-')
    const repeats = seen.get(slug) ?? 0
    seen.set(slug, repeats + 1)
    return repeats === 0 ? slug : `${slug}-${repeats}`
  })
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^ *\2 *$/gm, '')
}
