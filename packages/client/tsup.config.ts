import { defineConfig } from 'tsup'
import { libraryBuild } from '../../scripts/lib/library-build.ts'
import manifest from './package.json' with { type: 'json' }

export default defineConfig(libraryBuild(manifest))
