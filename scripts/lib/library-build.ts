import type { Options } from 'tsup'

/** The part of a package.json that says what a package consists of. */
interface Manifest {
  exports: Record<string, Record<string, string | Record<string, string>>>
}

/**
 * The tsup options of a package: its entries are the sources that its export map names, so a new
 * entry is written down once. `dist` mirrors `src`; what entries share becomes a chunk, which keeps
 * module state single.
 */
export function libraryBuild(manifest: Manifest): Options {
  return {
    entry: entriesOf(manifest),
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    external: [/^node:/],
    sourcemap: true,
    clean: true,
    // tsup sets an option for its own declaration build that TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  }
}

function entriesOf({ exports }: Manifest): Record<string, string> {
  const sources = Object.values(exports).flatMap((conditions) => {
    const source = conditions['@wherry/source'] ?? {}
    return typeof source === 'string' ? [source] : Object.values(source)
  })
  const name = (source: string) => source.replace(/^\.\/src\//, '').replace(/\.ts$/, '')
  return Object.fromEntries(sources.map((source) => [name(source), source]))
}
