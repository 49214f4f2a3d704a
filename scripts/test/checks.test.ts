import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { pack, type Artifact } from '../check/artifacts.ts'
import { bundleAndRun } from '../check/browser-bundle.ts'
import { compileAndRun } from '../check/consumer.ts'
import { brokenLinks } from '../check/docs-links.ts'
import { gapsIn, hostsIn } from '../check/lockfile.ts'
import { manifestFindings, typesFindings } from '../check/published.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

// Each check is shown something sound and something broken, so that none can go blind unnoticed.

const scratch = mkdtempSync(join(tmpdir(), 'wherry-checks-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Writes files into a directory of their own. */
function plant(files: Record<string, string>): string {
  const directory = mkdtempSync(join(scratch, 'planted-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

const manifest = {
  name: 'planted',
  version: '1.0.0',
  type: 'module',
  files: ['dist'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
}
const publishable = {
  'dist/index.js': 'export const a = 1\n',
  'dist/index.d.ts': 'export declare const a: number\n',
}

function packed(changes: object, files: Record<string, string> = publishable): Promise<Artifact> {
  const packageJson = JSON.stringify({ ...manifest, ...changes })
  const directory = plant({ 'package.json': packageJson, ...files })
  return pack({ name: 'planted', directory, requires: [] }, mkdtempSync(join(scratch, 'packed-')))
}

describe('the packed artifact', () => {
  it('passes when its manifest and types fit its files', async () => {
    const artifact = await packed({})
    expect(await manifestFindings(artifact)).toEqual([])
    expect(await typesFindings(artifact)).toEqual([])
  })

  it('fails publint when an entry is not among the published files', async () => {
    const artifact = await packed({ files: ['dist/index.js'] })
    expect(await manifestFindings(artifact)).toContainEqual(expect.stringContaining('index.d.ts'))
  })

  it('fails publint when conditions stand in the wrong order', async () => {
    const exports = { '.': { default: './dist/index.js', types: './dist/index.d.ts' } }
    expect(await manifestFindings(await packed({ exports }))).not.toEqual([])
  })

  it('fails attw when an entry has no types', async () => {
    const exports = { ...manifest.exports, './b': './dist/b.js' }
    const artifact = await packed(
      { exports },
      { ...publishable, 'dist/b.js': 'export const b = 1\n' },
    )
    expect(await typesFindings(artifact)).toContainEqual(expect.stringContaining('node16-esm'))
  })
})

/** A project with `planted` installed, and a program that uses it. */
function consumer(app: string, files: Record<string, string> = publishable): string {
  const installed = Object.entries({ 'package.json': JSON.stringify(manifest), ...files })
  return plant({
    'package.json': '{ "type": "module" }',
    'app.ts': app,
    ...Object.fromEntries(installed.map(([path, text]) => [`node_modules/planted/${path}`, text])),
    'node_modules/@types/node/index.d.ts': 'declare function setTimeout(f: () => void): void\n',
  })
}

describe('the consumer check', () => {
  it('passes a program that compiles and runs', async () => {
    const directory = consumer("import { a } from 'planted'\nif (a !== 1) throw new Error()\n")
    expect(await compileAndRun(directory, ['app'])).toMatchObject({ ok: true })
  })

  it('fails declarations that do not compile by themselves', async () => {
    const declared = 'export declare const a: Missing\n'
    const directory = consumer("import 'planted'\n", {
      ...publishable,
      'dist/index.d.ts': declared,
    })
    const { ok, output } = await compileAndRun(directory, ['app'])
    expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringContaining('Missing') })
  })

  it('fails code that does not do what its types say', async () => {
    const directory = consumer("import { a } from 'planted'\nif (a !== 2) throw new Error('no')\n")
    expect(await compileAndRun(directory, ['app'])).toMatchObject({ ok: false })
  })
})

const browserCore = {
  'index.js': `export const createDataService = () => ({
    connect() {}, close() {}, notes: { insert() {}, find: () => [{ text: 'here' }] } })`,
  'schema.js': `const f = () => ({})
    export { f as defineSchema, f as collection }
    export const t = { id: f, text: f }`,
  'memory.js': 'export const memory = () => ({})',
}

/** A project with stand-ins for the browser entries of core. */
function browserProject(changes: Record<string, string>): string {
  const exports = { '.': './index.js', './schema': './schema.js', './memory': './memory.js' }
  const core = {
    ...browserCore,
    ...changes,
    'package.json': JSON.stringify({ name: '@wherry/core', type: 'module', exports }),
  }
  return plant({
    ...Object.fromEntries(
      Object.entries(core).map(([path, text]) => [`node_modules/@wherry/core/${path}`, text]),
    ),
    'node_modules/kysely/index.js': 'export const sql = 1\n',
  })
}

describe('the browser bundle check', () => {
  it('passes entries that need nothing but the language', async () => {
    expect(await bundleAndRun(browserProject({}))).toMatchObject({ ok: true })
  })

  it('fails when Kysely is in the bundle', async () => {
    const code = "export { sql } from 'kysely'\nexport const memory = () => ({})\n"
    expect(await bundleAndRun(browserProject({ 'memory.js': code }))).toMatchObject({
      ok: false,
      output: expect.stringContaining('kysely'),
    })
  })

  it('fails when a module of Node is imported', async () => {
    const code = "export { readFileSync } from 'node:fs'\nexport const memory = () => ({})\n"
    await expect(bundleAndRun(browserProject({ 'memory.js': code }))).rejects.toThrow('node:fs')
  })

  it('fails when the code needs what only Node has', async () => {
    const code = "const a = Buffer.from('a')\nexport const memory = () => a\n"
    expect(await bundleAndRun(browserProject({ 'memory.js': code }))).toMatchObject({
      ok: false,
      output: expect.stringContaining('Buffer is not defined'),
    })
  })

  it('fails when the bundle is over its budget', async () => {
    const noise = randomBytes(40_000).toString('base64')
    const code = `export const noise = '${noise}'\nexport const memory = () => ({})\n`
    expect(await bundleAndRun(browserProject({ 'memory.js': code }))).toMatchObject({
      ok: false,
      output: expect.stringContaining('too large'),
    })
  })
})

describe('the link check', () => {
  const page = '# Top\n\n## `code` & *more*\n\n## Top\n\n```md\n[not a link](nowhere.md)\n```\n'

  it.each([
    '[a](page.md)',
    '[a](./page.md#top)',
    '[a](page.md#top-1)',
    '[a](page.md#code--more)',
    '[a](#here)',
    '[a](folder)',
    '[a](https://example.org/nowhere)',
    '![a](page.md "title")',
    '[a]: page.md',
    '`[a](nowhere.md)`',
  ])('passes %s', (link) => {
    const directory = plant({ 'page.md': page, 'folder/x': '', 'a.md': `# Here\n\n${link}\n` })
    expect(brokenLinks(join(directory, 'a.md'))).toEqual([])
  })

  it.each(['[a](nowhere.md)', '[a](page.md#nowhere)', '[a](#nowhere)', '[a]: nowhere.md'])(
    'fails %s',
    (link) => {
      const directory = plant({ 'page.md': page, 'a.md': `# Here\n\n${link}\n` })
      expect(brokenLinks(join(directory, 'a.md'))).toHaveLength(1)
    },
  )
})

describe('the lockfile check', () => {
  it('passes links within the repository and fails any host', () => {
    expect(hostsIn('"resolved": "packages/core",\n"integrity": "sha512-x"')).toEqual([])
    expect(hostsIn('{\n  "resolved": "https://example.org/a.tgz"')).toEqual([
      'line 2: "resolved": "https://example.org/a.tgz"',
    ])
  })

  it('fails a platform that is left out', () => {
    const a = { optionalDependencies: { b: '1.0.0' } }
    const lockfile = (packages: object) => JSON.stringify({ packages })
    expect(gapsIn(lockfile({ 'node_modules/a': a, 'node_modules/b': {} }))).toEqual([])
    expect(gapsIn(lockfile({ 'node_modules/a': a }))).toEqual([
      'node_modules/a has an optional b@1.0.0 that is not locked',
    ])
  })
})
