import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import type { Engine } from './subject.ts'

const nothing = () => Promise.resolve()

/** The measure of every other engine. */
export const oracle: Engine = {
  name: 'memory',
  open: () => Promise.resolve({ adapter: memory(), dispose: nothing }),
}

/** Every engine that can be measured; an adapter enters the fuzz by an entry here. */
export const engines: Readonly<Record<string, Engine>> = {
  sqlite: {
    name: 'sqlite',
    // A file has a reader of its own, ':memory:' has one connection for all; both must agree.
    async open(variant) {
      if (variant % 2 === 0) return { adapter: sqlite({ file: ':memory:' }), dispose: nothing }
      const folder = await mkdtemp(join(tmpdir(), 'wherry-fuzz-'))
      const another = () => sqlite({ file: join(folder, 'fuzz.db'), synchronous: 'normal' })
      return {
        adapter: another(),
        another,
        dispose: () => rm(folder, { recursive: true, force: true }),
      }
    },
  },
}
