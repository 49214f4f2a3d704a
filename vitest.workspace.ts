import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@wherry/source', 'node', 'import', 'default'] } },
  test: {
    projects: ['core', 'server', 'client', 'testing'].map((name) => ({
      extends: true,
      test: { name, root: `packages/${name}`, include: ['test/**/*.test.ts'], passWithNoTests: true },
    })),
  },
})
