import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Workspaces import each other's sources through this export condition, so no build is needed.
const conditions = ['@wherry/source', 'node']

// Most files wait for a server or a program more than they compute.
const maxWorkers = availableParallelism() + 1

/** The suite on an engine takes minutes: begun last, it would keep everybody waiting at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/conformance.')
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** The tests of types, in a project of their own, because each has a compiler of its own. */
const types = {
  extends: true as const,
  test: {
    name: 'types',
    typecheck: {
      enabled: true,
      only: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      // What does not compile elsewhere is for the types step of `npm run check` to say.
      ignoreSourceErrors: true,
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    },
  },
}

/** Tests of `testing` that replace modules, or have counters that decide what is drawn. */
const alone = ['test/servers/**/*.test.ts', 'test/fuzz/**/*.test.ts']

export default defineConfig({
  // Where vitest loads what runs once, before the tests.
  environments: { __vitest__: { resolve: { conditions } } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    // For slow machines: what hangs is told, if later.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    globalSetup: fileURLToPath(new URL('scripts/lib/test-setup.ts', import.meta.url)),
    // Whole, or what an engine said would end before it says anything.
    chaiConfig: { truncateThreshold: 0 },
    reporters: ['default', './scripts/reporters/skips.ts'],
    projects: [
      // A worker loads the sources once: for each file anew that took a third of the time.
      ...['core', 'server', 'client'].map((name) =>
        project(name, `packages/${name}`, { isolate: false }),
      ),
      project('testing', 'packages/testing', { isolate: false, exclude: alone }),
      project('alone', 'packages/testing', { include: alone }),
      project('examples', 'examples', { include: ['*/test/**/*.test.ts'] }),
      project('scripts', 'scripts'),
      types,
    ],
  },
})

function project(
  name: string,
  root: string,
  more: { isolate?: false; include?: string[]; exclude?: string[] } = {},
) {
  return {
    extends: true as const,
    test: { name, root, include: ['test/**/*.test.ts'], passWithNoTests: true, ...more },
  }
}
