import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

export interface PageFile {
  readonly type: string
  readonly body: string | Uint8Array
}

/** What the browser may ask for, by path, with the page's program bundled from its TypeScript. */
export async function loadPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const [html, style, program] = await Promise.all([
    readFile(new URL('page/index.html', import.meta.url)),
    readFile(new URL('page/style.css', import.meta.url)),
    bundle(fileURLToPath(new URL('page/main.ts', import.meta.url))),
  ])
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: style }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: program }],
  ])
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The packages' own sources, so that nothing has to be built before.
    conditions: ['@wherry/source'],
    sourcemap: 'inline',
    write: false,
  })
  // Its service would go on for as long as this process.
  await stop()
  return outputFiles[0]!.text
}
