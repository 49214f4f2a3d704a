import { describe, it } from 'vitest'
import { mountSuite } from '../../src/index.ts'
import { apps } from './apps.ts'

describe.each(Object.entries(apps))('mounted in %s', (_, start) => {
  for (const { title, run } of mountSuite) it(title, () => run(start))
})
